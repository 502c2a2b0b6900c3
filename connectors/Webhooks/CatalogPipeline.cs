using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Whom an integration key belongs to.</summary>
internal interface IKeyOwner
{
    string AccountId { get; }

    long Id { get; }

    IntegrationType IntegrationType { get; }

    /// <summary>Of the key that is shown to people; requests with a retired one count as its.</summary>
    string? KeyHash { get; }

    /// <summary>Several while one is rotated; none when the key alone is the proof.</summary>
    IReadOnlyList<SigningSecret> SigningSecrets { get; }

    IReadOnlyList<RetiredKey> RetiredKeys { get; }

    /// <summary>Of all keys it has or had and that may still open its door.</summary>
    IEnumerable<string> KeyHashes => KeyHash is { } hash ? RetiredKeys.Select(key => key.Hash).Append(hash) : RetiredKeys.Select(key => key.Hash);

    List<byte[]> SecretsAt(long timeMs)
    {
        var valid = new List<byte[]>(SigningSecrets.Count);
        foreach (var secret in SigningSecrets)
        {
            if (secret.Bytes is { } bytes && secret.IsValidAt(timeMs))
                valid.Add(bytes);
        }

        return valid;
    }
}

/// <summary>What a sender proves itself with.</summary>
/// <param name="Bytes">In UTF-8; null where it does not open under the master keys of this process.</param>
/// <param name="ValidUntilMs">For one that was rotated.</param>
public readonly record struct SigningSecret(byte[]? Bytes, long? ValidUntilMs = null)
{
    public bool IsValidAt(long timeMs) => !(ValidUntilMs <= timeMs);

    // The bytes must not show.
    public override string ToString() => nameof(SigningSecret);
}

/// <summary>A deployment pipeline: its record, and what stays in the ingest's memory.</summary>
/// <remarks>A class, not a record: its text form must not show the secrets.</remarks>
public sealed class CatalogPipeline(DeploymentPipeline record) : IKeyOwner
{
    /// <summary>In a pipeline's service it stands for the repository's name without its owner.</summary>
    public const string RepositoryMark = "{repository}";

    /// <summary>In the service of an Argo CD pipeline it stands for the application's name.</summary>
    public const string ApplicationMark = "{app}";

    public DeploymentPipeline Record { get; } = record;

    public IReadOnlyList<SigningSecret> SigningSecrets { get; init; } = [];

    string IKeyOwner.AccountId => Record.AccountId;

    long IKeyOwner.Id => Record.Id;

    IntegrationType IKeyOwner.IntegrationType => Record.IntegrationType;

    string? IKeyOwner.KeyHash => Record.IntegrationKeyHash;

    IReadOnlyList<RetiredKey> IKeyOwner.RetiredKeys => Record.RetiredKeys;

    /// <summary>The service that the catalog says; null where it is to be made of something that the event does not have.</summary>
    public string? ServiceOf(string? repository, string? application = null) =>
        Filled(Filled(Record.Service, ApplicationMark, application), RepositoryMark, repository?[(repository.LastIndexOf('/') + 1)..]);

    private static string? Filled(string? template, string mark, string? value) =>
        template is null || !template.Contains(mark, StringComparison.Ordinal) ? template
        : value is null ? null
        : template.Replace(mark, value, StringComparison.Ordinal);
}

/// <summary>An alert source: its record, and what stays in the ingest's memory.</summary>
/// <inheritdoc cref="CatalogPipeline"/>
public sealed class CatalogAlertSource(AlertSource record) : IKeyOwner
{
    public AlertSource Record { get; } = record;

    public IReadOnlyList<SigningSecret> SigningSecrets { get; init; } = [];

    /// <summary>What the source's setting says that the labels call the service.</summary>
    /// <param name="labels">Of the alert.</param>
    /// <param name="unset">The names that count where the source has none.</param>
    public string? ServiceOf(IReadOnlyDictionary<string, string> labels, IReadOnlyList<string>? unset = null) => First(Record.ServiceLabels, unset, labels);

    /// <inheritdoc cref="ServiceOf"/>
    public string? EnvironmentOf(IReadOnlyDictionary<string, string> labels, IReadOnlyList<string>? unset = null) => First(Record.EnvironmentLabels, unset, labels);

    string IKeyOwner.AccountId => Record.AccountId;

    long IKeyOwner.Id => Record.Id;

    IntegrationType IKeyOwner.IntegrationType => Record.IntegrationType;

    string? IKeyOwner.KeyHash => Record.IntegrationKeyHash;

    IReadOnlyList<RetiredKey> IKeyOwner.RetiredKeys => Record.RetiredKeys;

    private static string? First(string[] names, IReadOnlyList<string>? unset, IReadOnlyDictionary<string, string> labels)
    {
        foreach (var name in names.Length > 0 ? names : unset ?? [])
        {
            if (labels.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value))
                return Texts.Cut(value.Trim(), Texts.NameMax);
        }

        return null;
    }
}
