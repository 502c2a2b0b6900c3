using System.Text;
using System.Text.Json;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks.Management;

/// <summary><c>/api/alert-sources</c>.</summary>
internal sealed class AlertSourceResource(Entities entities) : Resource<AlertSource>(entities, entities.Sources), IKeyedResource<AlertSource>
{
    private static readonly IntegrationType[] Types = [IntegrationType.API, .. Providers.OfAlerts.Select(provider => provider.Type), IntegrationType.OTHER];

    public override string Route => "alert-sources";

    public override string Name => "alert source";

    public override (string AccountId, long Id) KeyOf(AlertSource entry) => (entry.AccountId, entry.Id);

    public override string NameOf(AlertSource entry) => entry.Name;

    public override AlertSource Create(JsonFields fields, string accountId, Shown shown)
    {
        var type = fields.OneOf("integrationType", Types);
        if (type is null)
            fields.Required(null, "integrationType");
        if (type != IntegrationType.OTHER)
            shown.IntegrationKey = NewKey.Integration();
        return Read(fields, new AlertSource
        {
            AccountId = accountId,
            Id = NewId(accountId),
            IntegrationType = type ?? IntegrationType.OTHER,
            IntegrationKeyHash = shown.IntegrationKey is { } key ? IntegrationKey.Hash(key) : null,
            CreatedAtMs = Entities.NowMs,
        });
    }

    public override AlertSource Update(JsonFields fields, AlertSource entry)
    {
        if (fields.OneOf("integrationType", Types) is { } type && type != entry.IntegrationType)
            fields.Refuse<string>("integrationType", $"integrationType is {entry.IntegrationType} and cannot be changed: make another alert source");
        return Read(fields, entry);
    }

    public override void Write(Utf8JsonWriter json, AlertSource entry, View view)
    {
        json.WriteNumber("id", entry.Id);
        json.WriteString("name", entry.Name);
        json.WriteString("integrationType", entry.IntegrationType.ToString());
        KeyFields.Write(json, view, UrlOf(entry.IntegrationType), entry.RetiredKeys, entry.SigningSecrets, Entities.NowMs);
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
        WriteTime(json, "createdAt", entry.CreatedAtMs);
        WriteTime(json, "updatedAt", entry.UpdatedAtMs);
        if (Entities.IsOfFile(typeof(AlertSource), entry.AccountId, entry.Id))
            json.WriteBoolean("managedByFile", true);
    }

    public override void Put(TableWrite write, AlertSource entry) => write.Put(entry);

    public bool HasKey(AlertSource entry) => entry.IntegrationKeyHash is not null;

    public bool TakesSecrets(AlertSource entry) => Providers.OfAlerts.Any(provider => provider.Type == entry.IntegrationType);

    public AlertSource WithKey(AlertSource entry, string key, long previousValidUntilMs) => entry with
    {
        IntegrationKeyHash = IntegrationKey.Hash(key),
        RetiredKeys = Rotation.Retire(entry.RetiredKeys, entry.IntegrationKeyHash, Entities.NowMs, previousValidUntilMs),
        UpdatedAtMs = Entities.NowMs,
    };

    public AlertSource WithSecret(AlertSource entry, string secret, long previousValidUntilMs) => entry with
    {
        SigningSecrets = Rotation.Replace(entry.SigningSecrets, Entities.MasterKeys.Seal(Encoding.UTF8.GetBytes(secret), MasterKeys.EntryOf(entry)), Entities.NowMs, previousValidUntilMs),
        UpdatedAtMs = Entities.NowMs,
    };

    public AlertSource? Resealed(AlertSource entry) =>
        Rotation.Reseal(entry.SigningSecrets, MasterKeys.EntryOf(entry), Entities.MasterKeys) is { } secrets ? entry with { SigningSecrets = secrets } : null;

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
        return KeyFields.Secret(fields, Entities, TakesSecrets(entry), read.IntegrationType) is { } secret ? WithSecret(read, secret, Entities.NowMs) : read;
    }

    private static string? UrlOf(IntegrationType type) =>
        type == IntegrationType.API ? "/api/alerts"
        : Providers.OfAlerts.FirstOrDefault(provider => provider.Type == type) is { } known ? $"/api/v1/alerts/{known.Name}/{KeyFields.Mark}"
        : null;
}
