namespace StreamDeploy.Schemas;

/// <summary>What sends to a pipeline or an alert source. The names are the symbols of the schemas.</summary>
public enum IntegrationType { OTHER, API, GITHUB, GITLAB, ARGOCD, CDEVENTS, PAGERDUTY, ALERTMANAGER, ILERT }

/// <summary>A key that was rotated and still opens the door for a while.</summary>
public sealed record RetiredKey
{
    public required string Hash { get; init; }
    public required long ValidUntilMs { get; init; }
}

/// <summary>A secret as it lies in a topic: encrypted under the master key.</summary>
public sealed record SealedSecret
{
    public required string Sealed { get; init; }
    public long? ValidUntilMs { get; init; }
}

/// <summary>Where deployment events come in; see DeploymentPipeline.avsc.</summary>
public sealed record DeploymentPipeline
{
    public required string AccountId { get; init; }
    public required long Id { get; init; }
    public string Name { get; init; } = "";
    public IntegrationType IntegrationType { get; init; }
    public string? IntegrationKeyHash { get; init; }
    public RetiredKey[] RetiredKeys { get; init; } = [];
    public SealedSecret[] SigningSecrets { get; init; } = [];
    public long[] TeamIds { get; init; } = [];
    public bool Shared { get; init; }
    public string[] BranchFilters { get; init; } = [];
    public string[] EventFilters { get; init; } = [];
    public string? Service { get; init; }
    public long? BeforeMs { get; init; }
    public long? CreatedAtMs { get; init; }
    public long? UpdatedAtMs { get; init; }
    public long? ValidFromMs { get; init; }
}

/// <summary>Where alerts come in; see AlertSource.avsc.</summary>
public sealed record AlertSource
{
    public required string AccountId { get; init; }
    public required long Id { get; init; }
    public string Name { get; init; } = "";
    public IntegrationType IntegrationType { get; init; }
    public string? IntegrationKeyHash { get; init; }
    public RetiredKey[] RetiredKeys { get; init; } = [];
    public SealedSecret[] SigningSecrets { get; init; } = [];
    public long[] TeamIds { get; init; } = [];
    public long? EscalationPolicyId { get; init; }
    public string[] ServiceLabels { get; init; } = [];
    public string[] EnvironmentLabels { get; init; } = [];
    public long? CreatedAtMs { get; init; }
    public long? UpdatedAtMs { get; init; }
    public long? ValidFromMs { get; init; }
}

/// <summary>Who is called when an alert fires; see EscalationPolicy.avsc.</summary>
public sealed record EscalationPolicy
{
    public required string AccountId { get; init; }
    public required long Id { get; init; }
    public string Name { get; init; } = "";
    public long[] TeamIds { get; init; } = [];
    public long? ValidFromMs { get; init; }
}

/// <summary>A team's name; see Team.avsc.</summary>
public sealed record Team
{
    public required string AccountId { get; init; }
    public required long Id { get; init; }
    public string Name { get; init; } = "";
    public long? ValidFromMs { get; init; }
}

/// <summary>A tenant; see Account.avsc.</summary>
public sealed record Account
{
    public required string AccountId { get; init; }
    public string Name { get; init; } = "";
    public long? BeforeMs { get; init; }
    public long? ValidFromMs { get; init; }
}

/// <summary>What an API key may do. The names are the symbols of ApiKey.avsc.</summary>
public enum ApiScope { NONE, READ, WRITE, ADMIN, INGEST }

/// <summary>Who may use the management API of an account, or send its events; see ApiKey.avsc.</summary>
public sealed record ApiKey
{
    public required string AccountId { get; init; }
    public required long Id { get; init; }
    public string Name { get; init; } = "";
    public required string Hash { get; init; }
    public ApiScope[] Scopes { get; init; } = [];
    public long? CreatedAtMs { get; init; }
    public long? ExpiresAtMs { get; init; }
}

/// <summary>What was done to an entry. The names are the symbols of AuditRecord.avsc.</summary>
public enum AuditAction { UNKNOWN, CREATE, UPDATE, DELETE, ROTATE_KEY, ROTATE_SECRET, RESEAL }

/// <summary>One change made over the management API; see AuditRecord.avsc.</summary>
public sealed record AuditRecord
{
    public required string AccountId { get; init; }
    public required string ChangeId { get; init; }
    public required long OccurredAtMs { get; init; }
    public required string Actor { get; init; }
    public string? Address { get; init; }
    public AuditAction Action { get; init; }
    public required string Entity { get; init; }
    public required string EntityId { get; init; }
    public string? Before { get; init; }
    public string? After { get; init; }
}
