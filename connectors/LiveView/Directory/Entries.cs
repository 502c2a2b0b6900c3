using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Directory;

/// <summary>What an account's tables say now: the names behind the numbers, and who claims what.</summary>
public sealed record Entries(
    Account? Account,
    IReadOnlyList<DeploymentPipeline> Pipelines,
    IReadOnlyList<AlertSource> Sources,
    IReadOnlyList<EscalationPolicy> Policies,
    IReadOnlyList<Team> Teams)
{
    public static readonly Entries None = new(null, [], [], [], []);

    public DeploymentPipeline? Pipeline(long id) => Pipelines.FirstOrDefault(entry => entry.Id == id);

    public AlertSource? Source(long? id) => Sources.FirstOrDefault(entry => entry.Id == id);

    /// <summary>A pipeline's name, or its number where it has none or is gone.</summary>
    public string PipelineName(long id) => Pipeline(id) is { Name.Length: > 0 } known ? known.Name : $"pipeline {id}";

    public string TeamName(long id) => Teams.FirstOrDefault(entry => entry.Id == id) is { Name.Length: > 0 } known ? known.Name : $"team {id}";
}

/// <summary>All accounts' entries, kept up with. One thread writes, many read.</summary>
public sealed class EntryDirectory
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Tables> _accounts = new(StringComparer.Ordinal);

    public Entries Of(string accountId)
    {
        lock (_lock)
        {
            return _accounts.TryGetValue(accountId, out var tables)
                ? tables.Whole ??= new(tables.Account, [.. tables.Pipelines.Values], [.. tables.Sources.Values], [.. tables.Policies.Values], [.. tables.Teams.Values])
                : Entries.None;
        }
    }

    public void Apply(TableChange change)
    {
        lock (_lock)
        {
            if (!_accounts.TryGetValue(change.AccountId, out var tables))
                _accounts[change.AccountId] = tables = new();
            tables.Whole = null;
            if (change.Type == typeof(Account))
                tables.Account = change.Value as Account;
            else if (change.Type == typeof(DeploymentPipeline))
                Put(tables.Pipelines, change);
            else if (change.Type == typeof(AlertSource))
                Put(tables.Sources, change);
            else if (change.Type == typeof(EscalationPolicy))
                Put(tables.Policies, change);
            else if (change.Type == typeof(Team))
                Put(tables.Teams, change);
        }
    }

    private static void Put<T>(SortedDictionary<long, T> entries, TableChange change)
        where T : class
    {
        if (change.Value is T value)
            entries[change.Id] = value;
        else
            entries.Remove(change.Id);
    }

    private sealed class Tables
    {
        public Account? Account { get; set; }

        public SortedDictionary<long, DeploymentPipeline> Pipelines { get; } = [];

        public SortedDictionary<long, AlertSource> Sources { get; } = [];

        public SortedDictionary<long, EscalationPolicy> Policies { get; } = [];

        public SortedDictionary<long, Team> Teams { get; } = [];

        /// <summary>Made when it is asked for.</summary>
        public Entries? Whole { get; set; }
    }
}
