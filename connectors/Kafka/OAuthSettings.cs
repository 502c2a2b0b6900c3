using System.Text;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Where a client gets its bearer tokens: OAuth 2.0's grant of client credentials, RFC 6749 section 4.4.</summary>
public sealed record OAuthSettings
{
    /// <summary>The URL of the provider's token endpoint.</summary>
    public required string TokenEndpoint { get; init; }

    public required string ClientId { get; init; }

    public required string ClientSecret { get; init; }

    /// <summary>What the token is for, where the provider asks for it; several with spaces.</summary>
    public string? Scope { get; init; }

    /// <summary>A PEM file of the authorities to trust for the token endpoint instead of the system's.</summary>
    public string? CaLocation { get; init; }

    /// <summary>Null when consistent, else names the setting.</summary>
    internal string? Problem()
    {
        if (TokenEndpoint.Length == 0)
            return "registry OAuth URL: it is empty; give the URL of the token endpoint";
        if (!Uri.TryCreate(TokenEndpoint, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https"))
            return "registry OAuth URL: an absolute http or https URL is expected";
        if (url.UserInfo.Length > 0)
            return "registry OAuth URL: it holds a password; the client id and secret have settings of their own";
        if (ClientId.Length == 0)
            return "registry OAuth client id: it is empty";
        if (ClientSecret.Length == 0)
            return "registry OAuth client secret: it is empty";
        return Tls.Problem("registry OAuth CA location", CaLocation);
    }

    /// <summary>The secret is not printed.</summary>
    private bool PrintMembers(StringBuilder text)
    {
        text.Append("TokenEndpoint = ").Append(TokenEndpoint).Append(", ClientId = ").Append(ClientId).Append(", ClientSecret = ***, Scope = ").Append(Scope)
            .Append(", CaLocation = ").Append(CaLocation);
        return true;
    }
}
