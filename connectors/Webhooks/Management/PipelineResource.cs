using System.Text.Json;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks.Management;

/// <summary>An entry that has an integration key and may have signing secrets.</summary>
internal interface IKeyedResource<T>
{
    bool TakesSecrets(T entry);

    /// <summary>The entry with a new key; the one before is valid until then.</summary>
    T WithKey(T entry, string key, long previousValidUntilMs);

    /// <summary>The entry with a new secret; those before are valid until then.</summary>
    T WithSecret(T entry, string secret, long previousValidUntilMs);

    bool HasKey(T entry);

    /// <summary>The entry with its secrets sealed anew under the first master key; null where none is old, or one does not open.</summary>
    T? Resealed(T entry);
}

/// <summary>Keys and secrets, as they lie in an entry, that are replaced and stay valid for a while.</summary>
internal static class Rotation
{
    /// <summary>More keys or secrets at once than this are not kept: the oldest go.</summary>
    public const int RetiredMax = 4;

    public static RetiredKey[] Retire(RetiredKey[] retired, string? hash, long nowMs, long validUntilMs) =>
    [
        .. retired.Where(key => key.ValidUntilMs > nowMs).TakeLast(RetiredMax - 1),
        .. hash is null || validUntilMs <= nowMs ? [] : new[] { new RetiredKey { Hash = hash, ValidUntilMs = validUntilMs } },
    ];

    public static SealedSecret[] Replace(SealedSecret[] secrets, string sealedText, long nowMs, long validUntilMs) =>
    [
        .. secrets.Select(secret => secret with { ValidUntilMs = Math.Min(secret.ValidUntilMs ?? long.MaxValue, validUntilMs) })
            .Where(secret => secret.ValidUntilMs > nowMs).TakeLast(RetiredMax),
        new SealedSecret { Sealed = sealedText },
    ];

    public static SealedSecret[]? Reseal(SealedSecret[] secrets, string entry, MasterKeys keys)
    {
        if (!Array.Exists(secrets, secret => keys.IsOld(secret.Sealed)))
            return null;
        var anew = new List<SealedSecret>(secrets.Length);
        foreach (var secret in secrets)
        {
            if (keys.Open(secret.Sealed, entry) is not { } open)
                return null;
            anew.Add(secret with { Sealed = keys.Seal(open, entry) });
        }

        return [.. anew];
    }
}

/// <summary><c>/api/deployment-pipelines</c>.</summary>
internal sealed class PipelineResource(Entities entities) : Resource<DeploymentPipeline>(entities, entities.Pipelines), IKeyedResource<DeploymentPipeline>
{
    private static readonly IntegrationType[] Types =
        [IntegrationType.API, .. Providers.OfDeployments.Select(provider => provider.Type), IntegrationType.PAGERDUTY, IntegrationType.OTHER];

    public override string Route => "deployment-pipelines";

    public override string Name => "deployment pipeline";

    public override (string AccountId, long Id) KeyOf(DeploymentPipeline entry) => (entry.AccountId, entry.Id);

    public override string NameOf(DeploymentPipeline entry) => entry.Name;

    public override DeploymentPipeline Create(JsonFields fields, string accountId, Shown shown)
    {
        var type = fields.OneOf("integrationType", Types);
        if (type is null)
            fields.Required(null, "integrationType");
        if (type != IntegrationType.OTHER)
            shown.IntegrationKey = NewKey.Integration();
        var entry = new DeploymentPipeline
        {
            AccountId = accountId,
            Id = NewId(accountId),
            IntegrationType = type ?? IntegrationType.OTHER,
            IntegrationKeyHash = shown.IntegrationKey is { } key ? IntegrationKey.Hash(key) : null,
            CreatedAtMs = Entities.NowMs,
        };
        return Read(fields, entry);
    }

    public override DeploymentPipeline Update(JsonFields fields, DeploymentPipeline entry)
    {
        if (fields.OneOf("integrationType", Types) is { } type && type != entry.IntegrationType)
            fields.Refuse<string>("integrationType", $"integrationType is {entry.IntegrationType} and cannot be changed: make another pipeline");
        return Read(fields, entry);
    }

    public override void Write(Utf8JsonWriter json, DeploymentPipeline entry, View view)
    {
        json.WriteNumber("id", entry.Id);
        json.WriteString("name", entry.Name);
        json.WriteString("integrationType", entry.IntegrationType.ToString());
        KeyFields.Write(json, view, UrlOf(entry.IntegrationType), entry.RetiredKeys, entry.SigningSecrets, Entities.NowMs);
        WriteTeams(json, entry.AccountId, entry.TeamIds);
        json.WriteBoolean("shared", entry.Shared);
        json.WriteStartObject("params");
        WriteTexts(json, "branchFilters", entry.BranchFilters);
        WriteTexts(json, "eventFilters", entry.EventFilters);
        if (entry.BeforeMs is { } beforeMs)
            json.WriteString("before", Durations.Format(beforeMs));
        if (entry.Service is { } service)
            json.WriteString("service", service);
        json.WriteEndObject();
        WriteTime(json, "createdAt", entry.CreatedAtMs);
        WriteTime(json, "updatedAt", entry.UpdatedAtMs);
        if (Entities.IsOfFile(typeof(DeploymentPipeline), entry.AccountId, entry.Id))
            json.WriteBoolean("managedByFile", true);
    }

    public override void Put(TableWrite write, DeploymentPipeline entry) => write.Put(entry);

    public bool HasKey(DeploymentPipeline entry) => entry.IntegrationKeyHash is not null;

    public bool TakesSecrets(DeploymentPipeline entry) => Providers.OfDeployments.Any(provider => provider.Type == entry.IntegrationType);

    public DeploymentPipeline WithKey(DeploymentPipeline entry, string key, long previousValidUntilMs) => entry with
    {
        IntegrationKeyHash = IntegrationKey.Hash(key),
        RetiredKeys = Rotation.Retire(entry.RetiredKeys, entry.IntegrationKeyHash, Entities.NowMs, previousValidUntilMs),
        UpdatedAtMs = Entities.NowMs,
    };

    public DeploymentPipeline WithSecret(DeploymentPipeline entry, string secret, long previousValidUntilMs) => entry with
    {
        SigningSecrets = Rotation.Replace(
            entry.SigningSecrets, Entities.MasterKeys.Seal(System.Text.Encoding.UTF8.GetBytes(secret), MasterKeys.EntryOf(entry)), Entities.NowMs, previousValidUntilMs),
        UpdatedAtMs = Entities.NowMs,
    };

    public DeploymentPipeline? Resealed(DeploymentPipeline entry) =>
        Rotation.Reseal(entry.SigningSecrets, MasterKeys.EntryOf(entry), Entities.MasterKeys) is { } secrets ? entry with { SigningSecrets = secrets } : null;

    private DeploymentPipeline Read(JsonFields fields, DeploymentPipeline entry)
    {
        var read = entry with
        {
            Name = NameIn(fields, entry.AccountId, entry.Id),
            TeamIds = TeamsIn(fields, entry.AccountId, entry.TeamIds),
            Shared = fields.Flag("shared") ?? entry.Shared,
            UpdatedAtMs = Entities.NowMs,
        };
        fields.Object("params", given => read = Params(given, read));
        return KeyFields.Secret(fields, Entities, TakesSecrets(entry), read.IntegrationType) is { } secret ? WithSecret(read, secret, Entities.NowMs) : read;
    }

    // Of ilert's own params an absent one is empty, as its clients mean it; those of ours that they do not know are left alone.
    private static DeploymentPipeline Params(JsonFields given, DeploymentPipeline entry)
    {
        var known = Providers.EventsOf(entry.IntegrationType);
        var branches = given.TextList("branchFilters") ?? [];
        var events = given.TextList("eventFilters") ?? [];
        if (branches.Length > 0 && !Providers.HasBranches(entry.IntegrationType))
            given.Refuse<string>("branchFilters", $"branchFilters is not for pipelines of type {entry.IntegrationType}");
        if (Array.Exists(events, filter => !known.Contains(filter)))
            given.Refuse<string>("eventFilters", known.Count == 0 ? $"eventFilters is not for pipelines of type {entry.IntegrationType}" : $"eventFilters must be of {string.Join(", ", known)}");
        var service = given.IsGiven("service") ? given.Text("service", Texts.NameMax) : entry.Service;
        if (entry.IntegrationType != IntegrationType.ARGOCD && service?.Contains(CatalogPipeline.ApplicationMark, StringComparison.Ordinal) == true)
            given.Refuse<string>("service", $"service: {CatalogPipeline.ApplicationMark} stands for the application of an ARGOCD pipeline");
        return entry with
        {
            BranchFilters = branches,
            EventFilters = events,
            BeforeMs = given.IsGiven("before") ? given.Duration("before") : entry.BeforeMs,
            Service = service,
        };
    }

    private static string? UrlOf(IntegrationType type) => type switch
    {
        IntegrationType.API => "/api/deployment-events",
        IntegrationType.PAGERDUTY => "/v2/change/enqueue",
        _ => Providers.OfDeployments.FirstOrDefault(provider => provider.Type == type) is { } known ? $"/api/v1/deployment-events/{known.Name}/{KeyFields.Mark}" : null,
    };
}
