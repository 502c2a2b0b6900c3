using System.Text.Json;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks.Management;

/// <summary><c>/api/alert-sources</c>.</summary>
internal sealed class AlertSourceResource(Entities entities) : KeyedResource<AlertSource>(entities, entities.Sources)
{
    public override string Route => "alert-sources";

    public override string Name => "alert source";

    protected override IReadOnlyList<IntegrationType> Types { get; } = [IntegrationType.API, .. Providers.OfAlerts.Select(provider => provider.Type), IntegrationType.OTHER];

    public override (string AccountId, long Id) KeyOf(AlertSource entry) => (entry.AccountId, entry.Id);

    public override string NameOf(AlertSource entry) => entry.Name;

    public override AlertSource Create(JsonFields fields, string accountId, Shown shown)
    {
        var (type, keyHash) = TypeAndKey(fields, shown);
        return Read(fields, new AlertSource { AccountId = accountId, Id = NewId(accountId), IntegrationType = type, IntegrationKeyHash = keyHash, CreatedAtMs = Entities.NowMs });
    }

    public override AlertSource Update(JsonFields fields, AlertSource entry)
    {
        CheckType(fields, entry);
        return Read(fields, entry);
    }

    public override void Write(Utf8JsonWriter json, AlertSource entry, View view)
    {
        WriteHead(json, entry, view);
        WriteTeams(json, entry.AccountId, entry.TeamIds);
        if (entry.EscalationPolicyId is { } policyId)
        {
            json.WriteStartObject("escalationPolicy");
            json.WriteNumber("id", policyId);
            if (Entities.Policies.Find(entry.AccountId, policyId) is { } policy)
                json.WriteString("name", policy.Value.Name);
            json.WriteEndObject();
        }

        json.WriteStartObject("params");
        WriteTexts(json, "serviceLabels", entry.ServiceLabels);
        WriteTexts(json, "environmentLabels", entry.EnvironmentLabels);
        json.WriteEndObject();
        WriteTail(json, entry, entry.CreatedAtMs, entry.UpdatedAtMs);
    }

    public override void Put(TableWrite write, AlertSource entry) => write.Put(entry);

    protected override IntegrationType TypeOf(AlertSource entry) => entry.IntegrationType;

    protected override bool TakesSecrets(IntegrationType type) => Providers.OfAlerts.Any(provider => provider.Type == type);

    protected override EntryKeys KeysOf(AlertSource entry) => new(entry.IntegrationKeyHash, entry.RetiredKeys, entry.SigningSecrets);

    protected override AlertSource With(AlertSource entry, EntryKeys keys) =>
        entry with { IntegrationKeyHash = keys.Hash, RetiredKeys = keys.Retired, SigningSecrets = keys.Secrets, UpdatedAtMs = Entities.NowMs };

    protected override string? PathOf(IntegrationType type) =>
        type == IntegrationType.API ? "/api/alerts"
        : Providers.OfAlerts.FirstOrDefault(provider => provider.Type == type) is { } known ? $"/api/v1/alerts/{known.Name}/{KeyMark}"
        : null;

    private AlertSource Read(JsonFields fields, AlertSource entry)
    {
        var read = entry with
        {
            Name = NameIn(fields, entry.AccountId, entry.Id),
            TeamIds = TeamsIn(fields, entry.AccountId, entry.TeamIds),
            UpdatedAtMs = Entities.NowMs,
        };
        if (fields.IsNull("escalationPolicy"))
            read = read with { EscalationPolicyId = null };
        fields.Object("escalationPolicy", given =>
        {
            var id = given.Id("id");
            if (id is null)
                given.Required(null, "id");
            else if (Entities.Policies.Find(entry.AccountId, id.Value) is null)
                given.Refuse<string>("id", $"there is no escalation policy {id} in this account");
            read = read with { EscalationPolicyId = id };
        });
        fields.Object("params", given => read = read with
        {
            ServiceLabels = given.TextList("serviceLabels") ?? read.ServiceLabels,
            EnvironmentLabels = given.TextList("environmentLabels") ?? read.EnvironmentLabels,
        });
        return WithSecretOf(fields, read);
    }
}
