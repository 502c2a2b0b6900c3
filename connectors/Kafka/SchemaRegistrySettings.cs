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
        if (CaLocation is { } ca && !File.Exists(ca))
            return $"registry CA location: there is no file {ca}";
        if (RequestTimeout <= TimeSpan.Zero || RetryFor < TimeSpan.Zero)
            return "registry time limits: they must be positive";
        return null;
    }

    /// <summary>Settings are printed on start; the password is not.</summary>
    private bool PrintMembers(StringBuilder text)
    {
        text.Append("Url = ").Append(Url).Append(", BasicAuthUserInfo = ").Append(BasicAuthUserInfo is null ? "" : "***")
            .Append(", CaLocation = ").Append(CaLocation).Append(", RequestTimeout = ").Append(RequestTimeout).Append(", RetryFor = ").Append(RetryFor);
        return true;
    }
}
