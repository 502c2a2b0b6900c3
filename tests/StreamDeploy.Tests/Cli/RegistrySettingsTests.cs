using System.Collections.Concurrent;
using StreamDeploy.Tests.Schemas;

namespace StreamDeploy.Tests.Cli;

/// <summary>How the program is told to reach the registry: file, flags and environment together.</summary>
public sealed class RegistrySettingsTests
{
    private const string Event = """{"accountId":"a","eventId":"e","deploymentId":"d","pipelineId":1,"occurredAt":"2026-01-01T11:00:00Z"}""";

    [Fact]
    public async Task Certificates_and_OAuth_come_from_file_flags_and_environment()
    {
        using var certificates = new Certificates();
        var forms = new ConcurrentQueue<string>();
        var sent = new ConcurrentQueue<string>();
        await using FakeRegistry provider = await FakeRegistry.StartAsync(async (_, request) =>
        {
            var form = await request.ReadFormAsync();
            forms.Enqueue($"{form["client_id"]} {form["client_secret"]} {form["scope"]}");
            return (200, """{"access_token":"t0ken","token_type":"Bearer","expires_in":300}""");
        }, certificates.Server);
        await using FakeRegistry registry = await FakeRegistry.StartAsync((_, request) =>
        {
            sent.Enqueue($"{request.Headers.Authorization} {request.Headers["target-sr-cluster"]} {request.Headers["Confluent-Identity-Pool-Id"]}");
            return Task.FromResult((200, """{"id":12}"""));
        }, certificates.Server, certificates.Trusts);
        string file = certificates.Write("streamdeploy.yaml", $"""
            registry: {registry.Url}
            registry-ca: {certificates.Ca}
            registry-oauth-url: {provider.Url}/token
            registry-oauth-ca: {certificates.Ca}
            registry-oauth-client-id: me
            registry-oauth-scope: everything
            registry-logical-cluster: lsrc-1
            registry-identity-pool: pool-1
            """);

        var (code, output, error) = await CliProcess.RunAsync(
            ["encode", "deployment", "-", "--config", file, "--registry-cert", certificates.ClientPem, "--registry-key", certificates.ClientEncryptedKey], Event,
            ("STREAMDEPLOY_REGISTRY_OAUTH_CLIENT_SECRET", "s3cret-of-oauth"), ("STREAMDEPLOY_REGISTRY_KEY_PASSWORD", Certificates.Password));

        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith("\0\0\0\0\f", output, StringComparison.Ordinal);
        Assert.Equal(["me s3cret-of-oauth everything"], forms);
        Assert.Equal(["Bearer t0ken lsrc-1 pool-1"], sent);
    }

    [Fact]
    public async Task A_registry_that_does_not_let_us_in_is_said_in_one_line()
    {
        await using FakeRegistry registry = await FakeRegistry.StartAsync(_ => (403, """{"error_code":40301,"message":"User is denied operation Write"}"""));

        var (code, output, error) = await CliProcess.RunAsync(["encode", "deployment", "-", "--registry", registry.Url], Event, ("STREAMDEPLOY_REGISTRY_TOKEN", "s3cret"));

        Assert.Equal((2, ""), (code, output));
        Assert.EndsWith("403 User is denied operation Write: the registry does not let us in; check the bearer token, the logical cluster and the identity pool", error.TrimEnd(), StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("registry OAuth client id: it is empty", "--registry-oauth-url", "https://idp/token")]
    [InlineData("registry OAuth URL: it is empty", "--registry-oauth-client-secret", "s3cret")]
    [InlineData("registry: only one of user info, bearer token and OAuth can be used", "--registry-token", "s3cret", "--registry-auth", "me:s3cret")]
    [InlineData("registry certificate: there is no file /none.pem", "--registry", "https://registry", "--registry-cert", "/none.pem")]
    [InlineData("registry key: the certificate that it belongs to is not set", "--registry-key-password", "s3cret")]
    public async Task What_does_not_fit_is_said_in_one_line_without_secrets(string message, params string[] flags)
    {
        var (code, output, error) = await CliProcess.RunAsync(["encode", "deployment", "-", .. flags], Event);

        Assert.Equal((2, ""), (code, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
