using StreamDeploy.Cli.Claims;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Cli.WhatIf;

/// <summary>The tables of all accounts in all their versions, as they are and as they are supposed.</summary>
internal sealed class WhatIfTables(Supposition supposition, string? accountId)
{
    private const int AccountsListedMax = 20;

    private readonly SortedDictionary<(string AccountId, long Id), DeploymentPipeline> _pipelines = [];
    private readonly SortedDictionary<string, Account> _accounts = new(StringComparer.Ordinal);

    public Tables Present { get; } = new();

    public Tables Supposed { get; } = new();

    /// <summary>Whose own window the supposed one replaces, as entries are now.</summary>
    public IEnumerable<string> Replaced => !supposition.ReplacesWindows ? [] :
        from window in _accounts.Values.Where(account => account.BeforeMs is > 0).Select(account => (account.AccountId, Text: $"account {account.AccountId} ({Sentences.Duration(account.BeforeMs!.Value)})"))
            .Concat(_pipelines.Values.Where(pipeline => pipeline.BeforeMs is > 0 && !supposition.PipelineIds.Contains(pipeline.Id))
                .Select(pipeline => (pipeline.AccountId, Text: $"pipeline {new Named(pipeline.Id, pipeline.Name)} ({Sentences.Duration(pipeline.BeforeMs!.Value)})")))
        where accountId is null || window.AccountId == accountId
        select window.Text;

    /// <summary>What to say of an account that is asked for and not there; events may come without any table knowing of it.</summary>
    public string? UnknownAccount => accountId is null || _accounts.ContainsKey(accountId) || _pipelines.Keys.Any(pipeline => pipeline.AccountId == accountId) ? null
        : $"the tables do not know account {accountId}" + (_accounts.Count == 0 ? "." : $"; they know {string.Join(", ", _accounts.Keys.Take(AccountsListedMax))}{(_accounts.Count > AccountsListedMax ? " and more" : "")}.");

    public void Apply(TableChange change)
    {
        Present.Apply(change);
        Supposed.Apply(change.Value switch
        {
            DeploymentPipeline pipeline => change with { Value = supposition.Of(pipeline) },
            Account account => change with { Value = supposition.Of(account) },
            _ => change,
        });
        if (change.Type == typeof(DeploymentPipeline)) Keep(_pipelines, (change.AccountId, change.Id), change.Value as DeploymentPipeline);
        else if (change.Type == typeof(Account)) Keep(_accounts, change.AccountId, change.Value as Account);
    }

    /// <summary>A file says what is, not since when: its entries hold always.</summary>
    public void Apply(Catalog catalog)
    {
        foreach (var entry in catalog.Accounts) Put(entry, entry.AccountId, 0);
        foreach (var entry in catalog.EscalationPolicies) Put(entry, entry.AccountId, entry.Id);
        foreach (var entry in catalog.AlertSources) Put(entry.Record, entry.Record.AccountId, entry.Record.Id);
        foreach (var entry in catalog.DeploymentPipelines) Put(entry.Record, entry.Record.AccountId, entry.Record.Id);

        void Put<T>(T entry, string account, long id) where T : class => Apply(new TableChange(typeof(T), account, id, entry, default, long.MinValue));
    }

    /// <summary>To be called when all is there.</summary>
    /// <exception cref="SettingException">Something is supposed of a pipeline that is not there.</exception>
    public void CheckPipelines()
    {
        foreach (var id in supposition.PipelineIds)
        {
            if (accountId is null) throw new SettingException($"--set pipeline.{id}: say whose with --account, ids are an account's own.");
            if (_pipelines.ContainsKey((accountId, id))) continue;
            Named[] known = [.. _pipelines.Values.Where(pipeline => pipeline.AccountId == accountId).Select(pipeline => new Named(pipeline.Id, pipeline.Name))];
            throw new SettingException($"--set pipeline.{id}: account {accountId} has no such deployment pipeline. {(known.Length == 0 ? "It has none." : $"There are: {string.Join<Named>(", ", known)}.")}");
        }
    }

    private static void Keep<TKey, T>(SortedDictionary<TKey, T> entries, TKey key, T? entry) where TKey : notnull where T : class
    {
        if (entry is null) entries.Remove(key);
        else entries[key] = entry;
    }
}
