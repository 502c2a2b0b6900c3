using System.Text;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Where the schema registry is and how to reach it.</summary>
public sealed record SchemaRegistrySettings
{
    /// <summary>The base URL, with a path where the registry has one; several of one cluster are separated by commas and tried in turn.</summary>
    public required string Url { get; init; }

    /// <summary>user:password.</summary>
    public string? BasicAuthUserInfo { get; init; }

    /// <summary>A PEM file of the authorities to trust instead of the system's.</summary>
    public string? CaLocation { get; init; }

    /// <summary>The client's certificate for registries that ask for one: a PEM file, also of the certificates up to its authority, or a PKCS#12 file.</summary>
    public string? CertificateLocation { get; init; }

    /// <summary>A PEM file of the certificate's key, where it is not in the file of the certificate.</summary>
    public string? KeyLocation { get; init; }

    /// <summary>The password of the key or the PKCS#12 file.</summary>
    public string? KeyPassword { get; init; }

    /// <summary>A bearer token that is sent as it is.</summary>
    public string? BearerToken { get; init; }

    /// <summary>Where bearer tokens come from that are fetched and renewed.</summary>
    public OAuthSettings? OAuth { get; init; }

    /// <summary>Confluent Cloud's id of the registry, lsrc-…, sent with a bearer token as <c>target-sr-cluster</c>.</summary>
    public string? LogicalCluster { get; init; }

    /// <summary>Confluent Cloud's identity pool, pool-…, or several with commas, sent with a bearer token as <c>Confluent-Identity-Pool-Id</c>.</summary>
    public string? IdentityPool { get; init; }

    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a request is tried again before <see cref="SchemaRegistryUnavailableException"/> goes to the caller.</summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromSeconds(15);

    internal IReadOnlyList<string> Urls => [.. Url.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(url => url.TrimEnd('/'))];

    /// <summary>Null when consistent, else names the setting.</summary>
    public string? Problem()
    {
        if (Urls.Count == 0)
            return "registry URL: it is empty";
        foreach (string url in Urls)
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) || parsed.Scheme is not ("http" or "https"))
                return "registry URL: an absolute http or https URL is expected";
            if (parsed.UserInfo.Length > 0)
                return "registry URL: it holds a password; the user and password have a setting of their own";
        }
        if (BasicAuthUserInfo is { } user && !user.Contains(':', StringComparison.Ordinal))
            return "registry user info: user:password is expected";
        if (BearerProblem() is { } bearer)
            return bearer;
        if (CertificateLocation is not null && Urls.FirstOrDefault(url => !url.StartsWith("https:", StringComparison.OrdinalIgnoreCase)) is { } open)
            return $"registry certificate: it can be shown to an https registry only, and {open} is none";
        if ((Tls.Problem("registry CA location", CaLocation) ?? Tls.Problem(this)) is { } tls)
            return tls;
        if (RequestTimeout <= TimeSpan.Zero || RetryFor < TimeSpan.Zero)
            return "registry time limits: they must be positive";
        return null;
    }

    private string? BearerProblem()
    {
        if (new[] { BasicAuthUserInfo, BearerToken, OAuth?.TokenEndpoint }.Count(given => given is not null) > 1)
            return "registry: only one of user info, bearer token and OAuth can be used";
        if (BearerToken is null && OAuth is null && (LogicalCluster ?? IdentityPool) is not null)
            return "registry logical cluster and identity pool: they are sent with a bearer token, and neither a token nor OAuth is set";
        foreach ((string name, string? text) in new[] { ("bearer token", BearerToken), ("logical cluster", LogicalCluster), ("identity pool", IdentityPool) })
        {
            if (text is not null && (text.Length == 0 || text.Any(c => c is < '!' or > '~')))
                return $"registry {name}: letters, digits and signs of ASCII without spaces are expected";
        }
        return OAuth?.Problem();
    }

    /// <summary>Settings are printed on start; passwords, secrets and tokens are not.</summary>
    private bool PrintMembers(StringBuilder text)
    {
        text.Append("Url = ").Append(Url).Append(", BasicAuthUserInfo = ").Append(BasicAuthUserInfo is null ? "" : "***")
            .Append(", CaLocation = ").Append(CaLocation).Append(", CertificateLocation = ").Append(CertificateLocation).Append(", KeyLocation = ").Append(KeyLocation)
            .Append(", KeyPassword = ").Append(KeyPassword is null ? "" : "***").Append(", BearerToken = ").Append(BearerToken is null ? "" : "***")
            .Append(", OAuth = ").Append(OAuth).Append(", LogicalCluster = ").Append(LogicalCluster).Append(", IdentityPool = ").Append(IdentityPool)
            .Append(", RequestTimeout = ").Append(RequestTimeout).Append(", RetryFor = ").Append(RetryFor);
        return true;
    }
}
