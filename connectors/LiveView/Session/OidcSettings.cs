using System.Globalization;
using System.Text;

namespace StreamDeploy.Connectors.LiveView.Session;

/// <summary>The OpenID Connect provider that people may sign in at: the one whose tokens the management API believes.</summary>
public sealed record OidcSettings
{
    /// <summary>Its discovery document is fetched from here.</summary>
    public required string Authority { get; init; }

    /// <summary>As whom it knows the live view.</summary>
    public required string ClientId { get; init; }

    /// <summary>Null for a public client, which proves itself by PKCE alone.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>Besides openid and profile, with spaces between.</summary>
    public string Scopes { get; init; } = "";

    /// <summary>Without it the provider may be one on plain http, for tests.</summary>
    public bool RequireHttps { get; init; } = true;

    // A record prints all its properties: the secret must not be seen.
    private bool PrintMembers(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"Authority = {Authority}, ClientId = {ClientId}");
        return true;
    }
}
