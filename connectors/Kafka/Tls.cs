using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Whom an HTTPS client trusts, and with which certificate it shows who it is.</summary>
/// <remarks>The files are read once: a certificate that was renewed is used after the next start.</remarks>
internal static class Tls
{
    private const string PemMark = "-----BEGIN ";

    /// <summary>Null if the authorities can be read, or none are named; else what is wrong.</summary>
    public static string? Problem(string setting, string? caLocation)
    {
        if (caLocation is null)
            return null;
        if (!File.Exists(caLocation))
            return $"{setting}: there is no file {caLocation}";
        return TryRead(() => Authorities(caLocation)) is { } problem ? $"{setting}: {caLocation} cannot be read: {problem}" : null;
    }

    /// <summary>Null if the client's certificate can be read, or none is named; else what is wrong.</summary>
    public static string? Problem(SchemaRegistrySettings settings)
    {
        if (settings.CertificateLocation is not { } file)
            return settings.KeyLocation is null && settings.KeyPassword is null ? null : "registry key: the certificate that it belongs to is not set";
        if (!File.Exists(file))
            return $"registry certificate: there is no file {file}";
        if (settings.KeyLocation is { } key && !File.Exists(key))
            return $"registry key: there is no file {key}";
        return TryRead(() => Certificate(settings)) is { } problem
            ? $"registry certificate: {file}{(settings.KeyLocation is { } with ? " with the key " + with : "")} cannot be read: {problem}; are the files and the password right?"
            : null;
    }

    /// <param name="caLocation">A PEM file of the authorities to trust instead of the system's.</param>
    /// <param name="certificate">Of the client.</param>
    public static SslClientAuthenticationOptions Options(string? caLocation, SslStreamCertificateContext? certificate = null)
    {
        var options = new SslClientAuthenticationOptions { ClientCertificateContext = certificate };
        if (caLocation is not null)
        {
            options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(Authorities(caLocation));
        }
        return options;
    }

    /// <summary>The client's certificate with its key, and the certificates between it and its authority; null where none is named.</summary>
    /// <exception cref="CryptographicException">It cannot be read.</exception>
    public static SslStreamCertificateContext? Certificate(SchemaRegistrySettings settings)
    {
        if (settings.CertificateLocation is not { } file)
            return null;
        X509Certificate2 own;
        X509Certificate2Collection all;
        if (File.ReadAllText(file).Contains(PemMark, StringComparison.Ordinal))
        {
            string key = settings.KeyLocation ?? file;
            own = settings.KeyPassword is { } password ? X509Certificate2.CreateFromEncryptedPemFile(file, password, key) : X509Certificate2.CreateFromPemFile(file, key);
            all = [];
            all.ImportFromPemFile(file);
        }
        else
        {
            if (settings.KeyLocation is not null)
                throw new CryptographicException("it is not PEM, and a PKCS#12 file holds its key itself");
            all = X509CertificateLoader.LoadPkcs12CollectionFromFile(file, settings.KeyPassword);
            own = all.FirstOrDefault(certificate => certificate.HasPrivateKey) ?? throw new CryptographicException("it holds no certificate with a private key");
        }
        return SslStreamCertificateContext.Create(own, [.. all.Where(certificate => certificate.Thumbprint != own.Thumbprint)], offline: true);
    }

    private static X509Certificate2Collection Authorities(string file)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("it holds no certificate in PEM");
    }

    private static string? TryRead(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return e.Message.TrimEnd('.');
        }
    }
}
