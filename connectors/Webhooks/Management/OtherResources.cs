using System.Text.Json;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks.Management;

/// <summary><c>/api/escalation-policies</c>.</summary>
internal sealed class PolicyResource(Entities entities) : Resource<EscalationPolicy>(entities, entities.Policies)
{
    public override string Route => "escalation-policies";

    public override string Name => "escalation policy";

    public override (string AccountId, long Id) KeyOf(EscalationPolicy entry) => (entry.AccountId, entry.Id);

    public override string NameOf(EscalationPolicy entry) => entry.Name;

    public override EscalationPolicy Create(JsonFields fields, string accountId, Shown shown) => Update(fields, new EscalationPolicy { AccountId = accountId, Id = NewId(accountId) });

    public override EscalationPolicy Update(JsonFields fields, EscalationPolicy entry) => entry with
    {
        Name = NameIn(fields, entry.AccountId, entry.Id),
        TeamIds = TeamsIn(fields, entry.AccountId, entry.TeamIds),
    };

    public override void Write(Utf8JsonWriter json, EscalationPolicy entry, View view)
    {
        json.WriteNumber("id", entry.Id);
        json.WriteString("name", entry.Name);
        WriteTeams(json, entry.AccountId, entry.TeamIds);
    }

    public override void Put(TableWrite write, EscalationPolicy entry) => write.Put(entry);

    public override string? InUseBy(EscalationPolicy entry) =>
        Entities.Sources.Of(entry.AccountId).Find(source => source.Value.EscalationPolicyId == entry.Id) is { } user ? $"alert source {user.Value.Id}" : null;
}

/// <summary><c>/api/teams</c>.</summary>
internal sealed class TeamResource(Entities entities) : Resource<Team>(entities, entities.Teams)
{
    public override string Route => "teams";

    public override string Name => "team";

    public override (string AccountId, long Id) KeyOf(Team entry) => (entry.AccountId, entry.Id);

    public override string NameOf(Team entry) => entry.Name;

    public override Team Create(JsonFields fields, string accountId, Shown shown) => Update(fields, new Team { AccountId = accountId, Id = NewId(accountId) });

    public override Team Update(JsonFields fields, Team entry) => entry with { Name = NameIn(fields, entry.AccountId, entry.Id) };

    public override void Write(Utf8JsonWriter json, Team entry, View view)
    {
        json.WriteNumber("id", entry.Id);
        json.WriteString("name", entry.Name);
    }

    public override void Put(TableWrite write, Team entry) => write.Put(entry);

    public override string? InUseBy(Team entry) =>
        Entities.Pipelines.Of(entry.AccountId).Find(user => user.Value.TeamIds.Contains(entry.Id)) is { } pipeline ? $"deployment pipeline {pipeline.Value.Id}"
        : Entities.Sources.Of(entry.AccountId).Find(user => user.Value.TeamIds.Contains(entry.Id)) is { } source ? $"alert source {source.Value.Id}"
        : Entities.Policies.Of(entry.AccountId).Find(user => user.Value.TeamIds.Contains(entry.Id)) is { } policy ? $"escalation policy {policy.Value.Id}"
        : null;
}

/// <summary><c>/api/api-keys</c>: a key is shown when it is made, and replaced by making another.</summary>
internal sealed class ApiKeyResource(Entities entities) : Resource<ApiKey>(entities, entities.ApiKeys)
{
    public override string Route => "api-keys";

    public override string Name => "API key";

    public override ApiScope ReadScope => ApiScope.ADMIN;

    public override ApiScope WriteScope => ApiScope.ADMIN;

    public override (string AccountId, long Id) KeyOf(ApiKey entry) => (entry.AccountId, entry.Id);

    public override string NameOf(ApiKey entry) => entry.Name;

    public override ApiKey Create(JsonFields fields, string accountId, Shown shown)
    {
        var key = shown.ApiKey = NewKey.Api();
        var entry = new ApiKey { AccountId = accountId, Id = NewId(accountId), Hash = IntegrationKey.Hash(key), CreatedAtMs = Entities.NowMs };
        return Read(fields, entry, fields.TextList("scopes") ?? []);
    }

    public override ApiKey Update(JsonFields fields, ApiKey entry) => Read(fields, entry, fields.TextList("scopes"));

    public override void Write(Utf8JsonWriter json, ApiKey entry, View view)
    {
        json.WriteNumber("id", entry.Id);
        json.WriteString("name", entry.Name);
        if (view.Shown?.ApiKey is { } key)
            json.WriteString("key", key);
        WriteTexts(json, "scopes", [.. entry.Scopes.Select(scope => scope.ToString())]);
        WriteTime(json, "createdAt", entry.CreatedAtMs);
        WriteTime(json, "expiresAt", entry.ExpiresAtMs);
    }

    public override void Put(TableWrite write, ApiKey entry) => write.Put(entry);

    private ApiKey Read(JsonFields fields, ApiKey entry, string[]? scopes)
    {
        var given = new SortedSet<ApiScope>(scopes is null ? entry.Scopes : []);
        foreach (var text in scopes ?? [])
        {
            if (Enum.TryParse<ApiScope>(text, ignoreCase: true, out var scope) && scope != ApiScope.NONE && Enum.IsDefined(scope) && !char.IsAsciiDigit(text[0]))
                given.Add(scope);
            else
                fields.Refuse<string>("scopes", "scopes must be of READ, WRITE, ADMIN, INGEST");
        }

        if (given.Count == 0)
            fields.Refuse<string>("scopes", "scopes must hold at least one of READ, WRITE, ADMIN, INGEST");
        return entry with
        {
            Name = NameIn(fields, entry.AccountId, entry.Id),
            Scopes = [.. given],
            ExpiresAtMs = fields.IsGiven("expiresAt") ? fields.FutureTime("expiresAt") : entry.ExpiresAtMs,
        };
    }
}

/// <summary><c>/api/accounts</c>: the operator makes them; an account's admins see and change their own.</summary>
internal sealed class AccountResource(Entities entities) : Resource<Account>(entities, entities.Accounts)
{
    private const int IdMax = 100;

    public override string Route => "accounts";

    public override string Name => "account";

    public override ApiScope WriteScope => ApiScope.ADMIN;

    public override (string AccountId, long Id) KeyOf(Account entry) => (entry.AccountId, 0);

    public override string NameOf(Account entry) => entry.Name;

    public override Account Create(JsonFields fields, string accountId, Shown shown)
    {
        var id = fields.Required(fields.Text("accountId", IdMax), "accountId");
        if (!id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            fields.Refuse<string>("accountId", "accountId must be of letters, digits, - _ .");
        if (Table.Find(id, 0) is not null)
            fields.Conflict("ACCOUNT_EXISTS", "there is an account of this id", "accountId");
        shown.ApiKey = NewKey.Api();
        return Update(fields, new Account { AccountId = id });
    }

    public override Account Update(JsonFields fields, Account entry) => entry with
    {
        Name = fields.IsGiven("name") ? fields.Text("name", Texts.NameMax) ?? "" : entry.Name,
        BeforeMs = fields.IsGiven("before") ? fields.Duration("before") : entry.BeforeMs,
    };

    public override void Write(Utf8JsonWriter json, Account entry, View view)
    {
        json.WriteString("accountId", entry.AccountId);
        json.WriteString("name", entry.Name);
        if (entry.BeforeMs is { } beforeMs)
            json.WriteString("before", Durations.Format(beforeMs));
        if (view.Shown?.ApiKey is { } key)
            json.WriteString("apiKey", key);
    }

    public override void Put(TableWrite write, Account entry) => write.Put(entry);

    /// <summary>Without a key nobody could do anything in a new account.</summary>
    public override void PutWith(TableWrite write, Account entry, Shown shown) => write.Put(new ApiKey
    {
        AccountId = entry.AccountId,
        Id = NewKey.Id(id => Entities.ApiKeys.Find(entry.AccountId, id) is not null),
        Name = "first",
        Hash = IntegrationKey.Hash(shown.ApiKey!),
        Scopes = [ApiScope.ADMIN],
        CreatedAtMs = Entities.NowMs,
    });

    /// <summary>With all that belongs to it: nothing of it may open a door any more.</summary>
    public override void Delete(TableWrite write, Account entry)
    {
        DeleteAll(write, Entities.Pipelines.Of(entry.AccountId), pipeline => pipeline.Id);
        DeleteAll(write, Entities.Sources.Of(entry.AccountId), source => source.Id);
        DeleteAll(write, Entities.Policies.Of(entry.AccountId), policy => policy.Id);
        DeleteAll(write, Entities.Teams.Of(entry.AccountId), team => team.Id);
        DeleteAll(write, Entities.ApiKeys.Of(entry.AccountId), key => key.Id);
        base.Delete(write, entry);

        void DeleteAll<T>(TableWrite all, List<Entry<T>> entries, Func<T, long> idOf)
        {
            foreach (var each in entries)
                all.Delete(typeof(T), entry.AccountId, idOf(each.Value));
        }
    }

    public override (string AccountId, long Id)? Locate(Caller caller, string routeValue) => caller.IsOperator || caller.AccountId == routeValue ? (routeValue, 0) : null;

    public override IReadOnlyList<Entry<Account>> List(Caller caller) => caller.AccountId is { } own ? Table.Of(own) : Table.All();
}
