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
