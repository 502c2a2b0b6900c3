namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Whose tokens are believed, besides our own API keys.</summary>
public sealed record JwtSettings
{
    /// <summary>The OpenID Connect provider: its discovery document is fetched from here.</summary>
    public required string Authority { get; init; }

    /// <summary>Whom the tokens must be for.</summary>
    public required string Audience { get; init; }

    /// <summary>Without it the provider may be one on plain http, for tests.</summary>
    public bool RequireHttps { get; init; } = true;

    /// <summary>Which claim names the account.</summary>
    public string AccountClaim { get; init; } = "account";

    /// <summary>Which claim names what the bearer may do: read, write, admin, ingest.</summary>
    public string RoleClaim { get; init; } = "roles";

    /// <summary>What stands before our names in it, such as "streamdeploy:".</summary>
    public string RolePrefix { get; init; } = "";
}
