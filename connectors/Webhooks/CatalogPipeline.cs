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

    /// <summary>The secrets valid now, in UTF-8: several while one is rotated, none when the key alone is the proof.</summary>
    IReadOnlyList<byte[]> SigningSecrets { get; }
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

    public IReadOnlyList<byte[]> SigningSecrets { get; init; } = [];

    string IKeyOwner.AccountId => Record.AccountId;

    long IKeyOwner.Id => Record.Id;

    IntegrationType IKeyOwner.IntegrationType => Record.IntegrationType;

    string? IKeyOwner.KeyHash => Record.IntegrationKeyHash;

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

    public IReadOnlyList<byte[]> SigningSecrets { get; init; } = [];

    /// <summary>What the source's setting says that the labels call the service.</summary>
    public string? ServiceOf(IReadOnlyDictionary<string, string> labels) => First(Record.ServiceLabels, labels);

    public string? EnvironmentOf(IReadOnlyDictionary<string, string> labels) => First(Record.EnvironmentLabels, labels);

    string IKeyOwner.AccountId => Record.AccountId;

    long IKeyOwner.Id => Record.Id;

    IntegrationType IKeyOwner.IntegrationType => Record.IntegrationType;

    string? IKeyOwner.KeyHash => Record.IntegrationKeyHash;

    private static string? First(string[] names, IReadOnlyDictionary<string, string> labels)
    {
        foreach (var name in names)
        {
            if (labels.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value))
                return Texts.Cut(value.Trim(), Texts.NameMax);
        }

        return null;
    }
}
