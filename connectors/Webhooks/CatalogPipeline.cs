using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>A deployment pipeline of the catalog: its record, and what stays in the ingest's memory.</summary>
/// <remarks>A class, not a record: its text form must not show the secrets.</remarks>
public sealed class CatalogPipeline(DeploymentPipeline record)
{
    /// <summary>In <see cref="ServiceTemplate"/> it stands for the repository's name without its owner.</summary>
    public const string RepositoryMark = "{repository}";

    /// <summary>What is written to the topic; its signing secret is always null.</summary>
    public DeploymentPipeline Record { get; } = record;

    /// <summary>The secrets valid now, in UTF-8: several while one is rotated, none when the provider signs nothing.</summary>
    public IReadOnlyList<byte[]> SigningSecrets { get; init; } = [];

    /// <summary>The service of events that name none.</summary>
    public string? ServiceTemplate { get; init; }

    public string? ServiceOf(string? repository)
    {
        if (ServiceTemplate is null || !ServiceTemplate.Contains(RepositoryMark, StringComparison.Ordinal))
            return ServiceTemplate;
        return repository is null
            ? null
            : ServiceTemplate.Replace(RepositoryMark, repository[(repository.LastIndexOf('/') + 1)..], StringComparison.Ordinal);
    }
}
