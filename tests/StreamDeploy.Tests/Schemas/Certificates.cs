using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace StreamDeploy.Tests.Schemas;

/// <summary>An authority, one below it, a server's certificate and a client's, and the files that settings name.</summary>
internal sealed class Certificates : IDisposable
{
    public const string Password = "s3cret";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("streamdeploy-certificates-");
    private readonly X509Certificate2 root = Root("CN=Some authority");
    private readonly X509Certificate2 lower;
    private readonly X509Certificate2 client;

    public Certificates()
    {
        lower = Signed("CN=Authority of clients", root, isAuthority: true);
        client = Signed("CN=streamdeploy", lower, isAuthority: false);
        using X509Certificate2 server = Signed("CN=registry", root, isAuthority: false);
        Server = X509CertificateLoader.LoadPkcs12(server.Export(X509ContentType.Pfx), null);
    }

    public X509Certificate2 Server { get; }

    public string Ca => Write("ca.pem", root.ExportCertificatePem());

    /// <summary>The client's certificate and the one that signed it.</summary>
    public string ClientPem => Write("client.pem", client.ExportCertificatePem() + "\n" + lower.ExportCertificatePem() + "\n");

    public string ClientKey => Write("client.key", client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());

    public string ClientPemWithKey => Write("both.pem", File.ReadAllText(ClientKey) + "\n" + File.ReadAllText(ClientPem));

    public string ClientEncryptedKey => Write("encrypted.key",
        client.GetECDsaPrivateKey()!.ExportEncryptedPkcs8PrivateKeyPem(Password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));

    public string ClientPkcs12
    {
        get
        {
            var all = new X509Certificate2Collection { client, X509CertificateLoader.LoadCertificate(lower.RawData) };
            string file = Path.Combine(folder.FullName, "client.p12");
            File.WriteAllBytes(file, all.Export(X509ContentType.Pfx, Password)!);
            return file;
        }
    }

    /// <summary>Whether a certificate that came with others was signed by ours: what a registry checks.</summary>
    public bool Trusts(X509Certificate2 shown, X509Certificate2Collection with)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.ExtraStore.AddRange(with);
        return chain.Build(shown);
    }

    public string Write(string name, string text)
    {
        string file = Path.Combine(folder.FullName, name);
        File.WriteAllText(file, text);
        return file;
    }

    public void Dispose()
    {
        root.Dispose();
        lower.Dispose();
        client.Dispose();
        Server.Dispose();
        folder.Delete(recursive: true);
    }

    private static X509Certificate2 Root(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Request(name, key, isAuthority: true).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static X509Certificate2 Signed(string name, X509Certificate2 by, bool isAuthority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] serial = RandomNumberGenerator.GetBytes(8);
        serial[0] &= 0x7F;
        // Within the time of the one that signs.
        TimeSpan life = TimeSpan.FromHours(isAuthority ? 12 : 6);
        using X509Certificate2 signed = Request(name, key, isAuthority).Create(by, DateTimeOffset.UtcNow - life, DateTimeOffset.UtcNow + life, serial);
        return signed.CopyWithPrivateKey(key);
    }

    private static CertificateRequest Request(string name, ECDsa key, bool isAuthority)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        if (isAuthority)
        {
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        }
        else
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
        }
        return request;
    }
}
