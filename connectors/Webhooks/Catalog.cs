using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Who may send what: accounts with their teams, deployment pipelines, alert sources and escalation policies, read from a file.</summary>
public sealed class Catalog
{
    public IReadOnlyList<Account> Accounts { get; init; } = [];

    public IReadOnlyList<Team> Teams { get; init; } = [];

    public IReadOnlyList<EscalationPolicy> EscalationPolicies { get; init; } = [];

    public IReadOnlyList<CatalogAlertSource> AlertSources { get; init; } = [];

    public IReadOnlyList<CatalogPipeline> DeploymentPipelines { get; init; } = [];

    public IReadOnlyList<ApiKey> ApiKeys { get; init; } = [];

    public static Catalog Empty { get; } = new();

    /// <summary>Reads a catalog file, YAML or JSON; see docker/catalog.example.yaml.</summary>
    /// <param name="path">The file. <c>file:</c> references in it are relative to its folder.</param>
    /// <param name="environment">What <c>env:NAME</c> stands for; absent: the process's environment.</param>
    /// <exception cref="CatalogException">The file cannot be read or says something it must not; every problem is named with line and path.</exception>
    public static Catalog Load(string path, Func<string, string?>? environment = null)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CatalogException($"{path}: the catalog cannot be read: {problem.Message}");
        }

        return Parse(text, path, environment);
    }

    /// <summary>As <see cref="Load"/>, from a text; <paramref name="path"/> is what errors call it.</summary>
    public static Catalog Parse(string text, string path, Func<string, string?>? environment = null)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? ".";
        return new CatalogFile(path, new SecretReferences(folder, environment ?? Environment.GetEnvironmentVariable)).Read(text);
    }
}

/// <summary>A catalog file that cannot be used. The message has one line per problem: file, line, path, what is wrong.</summary>
public sealed class CatalogException(string message) : Exception(message);
