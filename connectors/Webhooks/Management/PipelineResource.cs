using System.Text.Json;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks.Management;

/// <summary><c>/api/deployment-pipelines</c>.</summary>
internal sealed class PipelineResource(Entities entities) : KeyedResource<DeploymentPipeline>(entities, entities.Pipelines)
{
    public override string Route => "deployment-pipelines";

    public override string Name => "deployment pipeline";

    protected override IReadOnlyList<IntegrationType> Types { get; } =
        [IntegrationType.API, .. Providers.OfDeployments.Select(provider => provider.Type), IntegrationType.PAGERDUTY, IntegrationType.OTHER];

    public override (string AccountId, long Id) KeyOf(DeploymentPipeline entry) => (entry.AccountId, entry.Id);

    public override string NameOf(DeploymentPipeline entry) => entry.Name;

    public override DeploymentPipeline Create(JsonFields fields, string accountId, Shown shown)
    {
        var (type, keyHash) = TypeAndKey(fields, shown);
        return Read(fields, new DeploymentPipeline { AccountId = accountId, Id = NewId(accountId), IntegrationType = type, IntegrationKeyHash = keyHash, CreatedAtMs = Entities.NowMs });
    }

    public override DeploymentPipeline Update(JsonFields fields, DeploymentPipeline entry)
    {
        CheckType(fields, entry);
        return Read(fields, entry);
    }

    public override void Write(Utf8JsonWriter json, DeploymentPipeline entry, View view)
    {
        WriteHead(json, entry, view);
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
        WriteTail(json, entry, entry.CreatedAtMs, entry.UpdatedAtMs);
    }

    public override void Put(TableWrite write, DeploymentPipeline entry) => write.Put(entry);

    protected override IntegrationType TypeOf(DeploymentPipeline entry) => entry.IntegrationType;

    protected override bool TakesSecrets(IntegrationType type) => Providers.OfDeployments.Any(provider => provider.Type == type);

    protected override EntryKeys KeysOf(DeploymentPipeline entry) => new(entry.IntegrationKeyHash, entry.RetiredKeys, entry.SigningSecrets);

    protected override DeploymentPipeline With(DeploymentPipeline entry, EntryKeys keys) =>
        entry with { IntegrationKeyHash = keys.Hash, RetiredKeys = keys.Retired, SigningSecrets = keys.Secrets, UpdatedAtMs = Entities.NowMs };

    protected override string? PathOf(IntegrationType type) => type switch
    {
        IntegrationType.API => "/api/deployment-events",
        IntegrationType.PAGERDUTY => "/v2/change/enqueue",
        _ => Providers.OfDeployments.FirstOrDefault(provider => provider.Type == type) is { } known ? $"/api/v1/deployment-events/{known.Name}/{KeyMark}" : null,
    };

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
        return WithSecretOf(fields, read);
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
}
