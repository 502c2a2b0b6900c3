using System.Runtime.InteropServices;
using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>Pipelines, alert sources, escalation policies and accounts, each as of any time that an open alert may ask about.</summary>
/// <remarks>
/// A version holds from its validFrom, else from its Kafka timestamp. Shared by all tasks of one thread, which fills it from the tables' topics before
/// it applies an event; not safe for concurrent use.
/// </remarks>
public sealed class Tables
{
    private sealed class AccountTables
    {
        public readonly Versions<Account> Account = new();

        /// <summary>The widest window before that any version of any entry has asked for; never narrowed, so always a bound.</summary>
        public long WidestBeforeMs;

        public readonly Dictionary<long, Versions<DeploymentPipeline>> Pipelines = [];
        public readonly Dictionary<long, Versions<AlertSource>> Sources = [];
        public readonly Dictionary<long, Versions<EscalationPolicy>> Policies = [];
    }

    private readonly Dictionary<string, AccountTables> _accounts = new(StringComparer.Ordinal);

    /// <summary>Differs after every change that may change an answer.</summary>
    internal long Version { get; private set; }

    /// <summary>Whether anything is known of the account; where not, defaults hold and nothing need be looked up.</summary>
    internal bool Has(string accountId) => _accounts.Count > 0 && _accounts.ContainsKey(accountId);

    public void Put(Account account, long kafkaTimestampMs, long offset)
    {
        var tables = Of(account.AccountId);
        tables.Account.Put(account.ValidFromMs ?? kafkaTimestampMs, offset, account);
        tables.WidestBeforeMs = Math.Max(tables.WidestBeforeMs, account.BeforeMs ?? 0);
    }

    public void Put(DeploymentPipeline pipeline, long kafkaTimestampMs, long offset)
    {
        var tables = Of(pipeline.AccountId);
        Put(tables.Pipelines, pipeline.Id, pipeline.ValidFromMs ?? kafkaTimestampMs, offset, pipeline);
        tables.WidestBeforeMs = Math.Max(tables.WidestBeforeMs, pipeline.BeforeMs ?? 0);
    }

    public void Put(AlertSource source, long kafkaTimestampMs, long offset) =>
        Put(Of(source.AccountId).Sources, source.Id, source.ValidFromMs ?? kafkaTimestampMs, offset, source);

    public void Put(EscalationPolicy policy, long kafkaTimestampMs, long offset) =>
        Put(Of(policy.AccountId).Policies, policy.Id, policy.ValidFromMs ?? kafkaTimestampMs, offset, policy);

    public void DeleteAccount(string accountId, long kafkaTimestampMs, long offset) => Of(accountId).Account.Put(kafkaTimestampMs, offset, null);

    public void DeletePipeline(string accountId, long id, long kafkaTimestampMs, long offset) =>
        Put(Of(accountId).Pipelines, id, kafkaTimestampMs, offset, null);

    public void DeleteSource(string accountId, long id, long kafkaTimestampMs, long offset) => Put(Of(accountId).Sources, id, kafkaTimestampMs, offset, null);

    public void DeletePolicy(string accountId, long id, long kafkaTimestampMs, long offset) => Put(Of(accountId).Policies, id, kafkaTimestampMs, offset, null);

    /// <summary>Drops versions that no alert can ask for once every task's stream time has passed the given one.</summary>
    /// <param name="settings">Say how long an alert may still ask.</param>
    /// <param name="streamTimeMs">The least stream time of the tasks that share these tables.</param>
    public void Prune(JoinSettings settings, long streamTimeMs)
    {
        // A task that has read nothing may yet be asked about any time; and the subtraction would wrap around.
        if (streamTimeMs == long.MinValue) return;
        var limitMs = streamTimeMs - settings.AlertRetentionMs;
        foreach (var tables in _accounts.Values)
        {
            tables.Account.Prune(limitMs);
            Prune(tables.Pipelines, limitMs);
            Prune(tables.Sources, limitMs);
            Prune(tables.Policies, limitMs);
        }
    }

    internal Account? Account(string accountId, long atMs) => _accounts.TryGetValue(accountId, out var tables) ? tables.Account.AsOf(atMs) : null;

    internal DeploymentPipeline? Pipeline(string accountId, long id, long atMs) =>
        _accounts.TryGetValue(accountId, out var tables) ? AsOf(tables.Pipelines, id, atMs) : null;

    internal AlertSource? Source(string accountId, long id, long atMs) =>
        _accounts.TryGetValue(accountId, out var tables) ? AsOf(tables.Sources, id, atMs) : null;

    internal EscalationPolicy? Policy(string accountId, long id, long atMs) =>
        _accounts.TryGetValue(accountId, out var tables) ? AsOf(tables.Policies, id, atMs) : null;

    /// <summary>No window before that holds in the account is wider than this: what ended earlier need not be looked at.</summary>
    internal long WidestBefore(JoinSettings settings, string accountId)
    {
        var askedForMs = _accounts.TryGetValue(accountId, out var tables) ? tables.WidestBeforeMs : 0;
        return Math.Min(Math.Max(askedForMs, settings.BeforeMs), settings.BeforeMaxMs);
    }

    /// <summary>Whether any pipeline of the account has one of these teams at that time: then the teams claim the alert.</summary>
    internal bool AnyPipelineOf(string accountId, long[] teamIds, long atMs)
    {
        if (teamIds.Length == 0 || !_accounts.TryGetValue(accountId, out var tables)) return false;
        foreach (var versions in tables.Pipelines.Values)
        {
            if (versions.AsOf(atMs) is { } pipeline && pipeline.TeamIds.AsSpan().ContainsAny(teamIds)) return true;
        }
        return false;
    }

    private AccountTables Of(string accountId)
    {
        Version++;
        ref var tables = ref CollectionsMarshal.GetValueRefOrAddDefault(_accounts, accountId, out _);
        return tables ??= new AccountTables();
    }

    private static void Put<T>(Dictionary<long, Versions<T>> table, long id, long timeMs, long offset, T? entry) where T : class
    {
        ref var versions = ref CollectionsMarshal.GetValueRefOrAddDefault(table, id, out _);
        (versions ??= new Versions<T>()).Put(timeMs, offset, entry);
    }

    private static T? AsOf<T>(Dictionary<long, Versions<T>> table, long id, long atMs) where T : class =>
        table.TryGetValue(id, out var versions) ? versions.AsOf(atMs) : null;

    private static void Prune<T>(Dictionary<long, Versions<T>> table, long limitMs) where T : class
    {
        foreach (var versions in table.Values) versions.Prune(limitMs);
    }
}
