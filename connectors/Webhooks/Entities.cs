using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>What the tables say now: accounts with all that belongs to them, and whom which key belongs to.</summary>
/// <remarks>
/// A key opens the routes of its own type only: the key of a GitHub pipeline stands in a URL, and must not open the generic API, where no signature is asked
/// for. Secrets that the catalog file gave stay in this process; those of the management API come sealed from the topics.
/// </remarks>
internal sealed partial class Entities(Catalog catalog, MasterKeys masterKeys, TimeProvider clock, ILogger<Entities> log)
{
    private const int ChangesMax = 4096;

    private readonly ConcurrentDictionary<string, (IKeyOwner Owner, long? ValidUntilMs)> _owners = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string AccountId, long Id), CatalogPipeline> _pipelines = new();
    private readonly ConcurrentDictionary<(string AccountId, long Id), CatalogAlertSource> _sources = new();
    private readonly ConcurrentDictionary<string, ApiKey> _apiKeys = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _changes = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _changesInOrder = new();
    private readonly Dictionary<(string, long), CatalogPipeline> _pipelinesOfFile = catalog.DeploymentPipelines.ToDictionary(pipeline => (pipeline.Record.AccountId, pipeline.Record.Id));
    private readonly Dictionary<(string, long), CatalogAlertSource> _sourcesOfFile = catalog.AlertSources.ToDictionary(source => (source.Record.AccountId, source.Record.Id));
    private readonly HashSet<(Type, string, long)> _ofFile =
    [
        .. catalog.Accounts.Select(entry => (typeof(Account), entry.AccountId, 0L)),
        .. catalog.Teams.Select(entry => (typeof(Team), entry.AccountId, entry.Id)),
        .. catalog.EscalationPolicies.Select(entry => (typeof(EscalationPolicy), entry.AccountId, entry.Id)),
        .. catalog.AlertSources.Select(entry => (typeof(AlertSource), entry.Record.AccountId, entry.Record.Id)),
        .. catalog.DeploymentPipelines.Select(entry => (typeof(DeploymentPipeline), entry.Record.AccountId, entry.Record.Id)),
        .. catalog.ApiKeys.Select(entry => (typeof(ApiKey), entry.AccountId, entry.Id)),
    ];

    public EntityTable<DeploymentPipeline> Pipelines { get; } = new();

    public EntityTable<AlertSource> Sources { get; } = new();

    public EntityTable<EscalationPolicy> Policies { get; } = new();

    public EntityTable<Team> Teams { get; } = new();

    public EntityTable<Account> Accounts { get; } = new();

    public EntityTable<ApiKey> ApiKeys { get; } = new();

    public MasterKeys MasterKeys => masterKeys;

    public long NowMs => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Whether the catalog file says what this entry is: then only the file changes it.</summary>
    public bool IsOfFile(Type entity, string accountId, long id) => _ofFile.Contains((entity, accountId, id));

    /// <summary>Whether the change of this id was seen here, of the last thousands.</summary>
    public bool IsApplied(string changeId) => _changes.ContainsKey(changeId);

    public CatalogPipeline? FindPipeline(string key, IntegrationType type) => Find(key) is CatalogPipeline pipeline && pipeline.Record.IntegrationType == type ? pipeline : null;

    public CatalogAlertSource? FindAlertSource(string key, IntegrationType type) => Find(key) is CatalogAlertSource source && source.Record.IntegrationType == type ? source : null;

    /// <summary>The pipeline of an account that an API key names.</summary>
    public CatalogPipeline? PipelineOf(string accountId, long id) => _pipelines.GetValueOrDefault((accountId, id));

    public CatalogAlertSource? SourceOf(string accountId, long id) => _sources.GetValueOrDefault((accountId, id));

    public ApiKey? FindApiKey(string key) =>
        key.Length <= IntegrationKey.LengthMax && _apiKeys.TryGetValue(IntegrationKey.Hash(key), out var found) && !(found.ExpiresAtMs <= NowMs) ? found : null;

    public void Apply(TableChange change)
    {
        var (accountId, id, version) = (change.AccountId, change.Id, change.Version);
        if (change.Type == typeof(DeploymentPipeline))
            Put(Pipelines, _pipelines, change, OwnerOf);
        else if (change.Type == typeof(AlertSource))
            Put(Sources, _sources, change, OwnerOf);
        else if (change.Type == typeof(EscalationPolicy))
            Policies.Put(accountId, id, EntryOf<EscalationPolicy>(change));
        else if (change.Type == typeof(Team))
            Teams.Put(accountId, id, EntryOf<Team>(change));
        else if (change.Type == typeof(Account))
            Accounts.Put(accountId, id, EntryOf<Account>(change));
        else if (change.Type == typeof(ApiKey))
            PutApiKey(change);
        if (version.ChangeId is { } changeId)
            Remember(changeId);
    }

    private IKeyOwner? Find(string key)
    {
        if (key.Length > IntegrationKey.LengthMax || !_owners.TryGetValue(IntegrationKey.Hash(key), out var found))
            return null;
        return found.ValidUntilMs <= NowMs ? null : found.Owner;
    }

    private void Put<T, TOwner>(EntityTable<T> table, ConcurrentDictionary<(string AccountId, long Id), TOwner> owners, TableChange change, Func<T, TOwner> ownerOf)
        where T : class
        where TOwner : class, IKeyOwner
    {
        var entry = EntryOf<T>(change);
        table.Put(change.AccountId, change.Id, entry);
        var key = (change.AccountId, change.Id);
        var before = owners.GetValueOrDefault(key);
        var owner = entry is null ? null : ownerOf(entry.Value);
        if (owner is null)
            owners.TryRemove(key, out _);
        else
            owners[key] = owner;

        foreach (var retired in owner?.RetiredKeys ?? [])
            _owners[retired.Hash] = (owner!, retired.ValidUntilMs);
        if (owner?.KeyHash is { } hash)
            _owners[hash] = (owner, null);
        foreach (var old in before?.KeyHashes ?? [])
        {
            // Only its own: another entry may have been given the key meanwhile.
            if (_owners.TryGetValue(old, out var owned) && ReferenceEquals(owned.Owner, before))
                _owners.TryRemove(old, out _);
        }
    }

    private void PutApiKey(TableChange change)
    {
        var before = ApiKeys.Put(change.AccountId, change.Id, EntryOf<ApiKey>(change));
        if (before is not null)
            _apiKeys.TryRemove(before.Value.Hash, out _);
        if (change.Value is ApiKey key)
            _apiKeys[key.Hash] = key;
    }

    private static Entry<T>? EntryOf<T>(TableChange change)
        where T : class => change.Value is T value ? new Entry<T>(value, change.Version) : null;

    private CatalogPipeline OwnerOf(DeploymentPipeline pipeline)
    {
        IReadOnlyList<SigningSecret> ofFile = _pipelinesOfFile.TryGetValue((pipeline.AccountId, pipeline.Id), out var given) ? given.SigningSecrets : [];
        return new CatalogPipeline(pipeline) { SigningSecrets = [.. ofFile, .. Open(pipeline.SigningSecrets, MasterKeys.EntryOf(typeof(DeploymentPipeline), pipeline.AccountId, pipeline.Id))] };
    }

    private CatalogAlertSource OwnerOf(AlertSource source)
    {
        IReadOnlyList<SigningSecret> ofFile = _sourcesOfFile.TryGetValue((source.AccountId, source.Id), out var given) ? given.SigningSecrets : [];
        return new CatalogAlertSource(source) { SigningSecrets = [.. ofFile, .. Open(source.SigningSecrets, MasterKeys.EntryOf(typeof(AlertSource), source.AccountId, source.Id))] };
    }

    private List<SigningSecret> Open(SealedSecret[] sealedSecrets, string entry)
    {
        var secrets = sealedSecrets.Select(secret => new SigningSecret(masterKeys.Open(secret.Sealed, entry), secret.ValidUntilMs)).ToList();
        if (secrets.Exists(secret => secret.Bytes is null && secret.IsValidAt(NowMs)))
            SecretIsLocked(log, entry);
        return secrets;
    }

    private void Remember(string changeId)
    {
        _changes[changeId] = true;
        _changesInOrder.Enqueue(changeId);
        while (_changesInOrder.Count > ChangesMax && _changesInOrder.TryDequeue(out var oldest))
            _changes.TryRemove(oldest, out _);
    }

    [LoggerMessage(LogLevel.Error, "A signing secret of {Entry} does not open under the master keys given here: its webhooks are refused until it does")]
    private static partial void SecretIsLocked(ILogger log, string entry);
}
