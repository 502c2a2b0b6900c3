using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Tests.Schemas;

/// <summary>Registries that ask for a client's certificate.</summary>
public sealed class RegistryCertificateTests : IDisposable
{
    private readonly Certificates certificates = new();
    private readonly CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));

    private CancellationToken Ct => limit.Token;

    public void Dispose()
    {
        certificates.Dispose();
        limit.Dispose();
    }

    public static TheoryData<string> Forms => new("PEM and key", "PEM with its key", "PEM and encrypted key", "PKCS#12");

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task A_certificate_is_shown_with_its_chain(string form)
    {
        await using FakeRegistry registry = await StartAsync();
        using var client = new SchemaRegistryClient(With(registry.Settings with { CaLocation = certificates.Ca }, form));

        await client.GetAsync(7, Ct);

        Assert.Equal(["GET /schemas/ids/7"], registry.Requests);
    }

    [Fact]
    public async Task Without_a_certificate_the_registry_does_not_answer()
    {
        await using FakeRegistry registry = await StartAsync();
        using var client = new SchemaRegistryClient(registry.Settings with { CaLocation = certificates.Ca, RetryFor = TimeSpan.Zero });

        await Assert.ThrowsAsync<SchemaRegistryUnavailableException>(() => client.GetAsync(7, Ct).AsTask());
        Assert.Empty(registry.Requests);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused()
    {
        using var others = new Certificates();
        await using FakeRegistry registry = await StartAsync();
        using var client = new SchemaRegistryClient(registry.Settings with
        {
            CaLocation = certificates.Ca,
            CertificateLocation = others.ClientPemWithKey,
            RetryFor = TimeSpan.Zero,
        });

        await Assert.ThrowsAsync<SchemaRegistryUnavailableException>(() => client.GetAsync(7, Ct).AsTask());
        Assert.Empty(registry.Requests);
    }

    [Fact]
    public void What_cannot_be_read_is_named_at_the_start()
    {
        var https = new SchemaRegistrySettings { Url = "https://registry" };
        Says("registry certificate: there is no file /none/c.pem", https with { CertificateLocation = "/none/c.pem" });
        Says("registry key: there is no file /none/k.pem", https with { CertificateLocation = certificates.ClientPem, KeyLocation = "/none/k.pem" });
        Says("registry key: the certificate that it belongs to is not set", https with { KeyLocation = certificates.ClientKey });
        Says($"registry certificate: {certificates.ClientPem} cannot be read: ", https with { CertificateLocation = certificates.ClientPem });
        Says($"registry certificate: {certificates.ClientPkcs12} cannot be read: ", https with { CertificateLocation = certificates.ClientPkcs12, KeyPassword = "wr0ng" });
        Says($"registry certificate: {certificates.ClientPem} with the key {certificates.ClientEncryptedKey} cannot be read: ",
            https with { CertificateLocation = certificates.ClientPem, KeyLocation = certificates.ClientEncryptedKey, KeyPassword = "wr0ng" });
        using (var others = new Certificates())
        {
            Says($"registry certificate: {certificates.ClientPem} with the key {others.ClientKey} cannot be read: ",
                https with { CertificateLocation = certificates.ClientPem, KeyLocation = others.ClientKey });
        }
        Says("registry certificate: it can be shown to an https registry only, and http://registry is none",
            new SchemaRegistrySettings { Url = "https://a,http://registry", CertificateLocation = certificates.ClientPemWithKey });
        string empty = certificates.Write("empty.pem", "nothing");
        Says($"registry CA location: {empty} cannot be read: it holds no certificate in PEM", https with { CaLocation = empty });

        SchemaRegistrySettings right = With(https, "PKCS#12");
        Assert.Null(right.Problem());
        Assert.DoesNotContain(Certificates.Password, right.ToString(), StringComparison.Ordinal);
    }

    private Task<FakeRegistry> StartAsync() =>
        FakeRegistry.StartAsync((_, _) => Task.FromResult((200, FakeRegistry.Schema)), certificates.Server, certificates.Trusts);

    private SchemaRegistrySettings With(SchemaRegistrySettings settings, string form) => form switch
    {
        "PEM and key" => settings with { CertificateLocation = certificates.ClientPem, KeyLocation = certificates.ClientKey },
        "PEM with its key" => settings with { CertificateLocation = certificates.ClientPemWithKey },
        "PEM and encrypted key" => settings with
        {
            CertificateLocation = certificates.ClientPem,
            KeyLocation = certificates.ClientEncryptedKey,
            KeyPassword = Certificates.Password,
        },
        _ => settings with { CertificateLocation = certificates.ClientPkcs12, KeyPassword = Certificates.Password },
    };

    private static void Says(string expected, SchemaRegistrySettings settings)
    {
        string problem = Assert.IsType<string>(settings.Problem());
        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("wr0ng", problem, StringComparison.Ordinal);
    }
}
