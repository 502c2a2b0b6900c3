using System.Text.Json;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks.Management;

/// <summary>What is shown once, in the answer to the request that made it.</summary>
internal sealed class Shown
{
    public string? IntegrationKey { get; set; }

    public string? ApiKey { get; set; }
}

/// <summary>How an entry is to be shown.</summary>
/// <param name="BaseUrl">Of this server, as senders reach it.</param>
/// <param name="WithUrl">Whether the integrationUrl is asked for.</param>
/// <param name="Shown">What is shown this once.</param>
internal sealed record View(string BaseUrl, bool WithUrl = false, Shown? Shown = null);

/// <summary>One kind of entry of the management API: what its body says, how it is shown, and where it lies.</summary>
/// <typeparam name="T">Its record.</typeparam>
internal abstract class Resource<T>(Entities entities, EntityTable<T> table)
    where T : class
{
    protected Entities Entities { get; } = entities;

    public EntityTable<T> Table { get; } = table;

    /// <summary>In the path, after /api/.</summary>
    public abstract string Route { get; }

    /// <summary>In messages.</summary>
    public abstract string Name { get; }

    public virtual ApiScope ReadScope => ApiScope.READ;

    public virtual ApiScope WriteScope => ApiScope.WRITE;

    public abstract (string AccountId, long Id) KeyOf(T entry);

    public abstract string NameOf(T entry);

    /// <summary>A new entry by the body; <paramref name="fields"/> holds the refusal where it is none.</summary>
    public abstract T Create(JsonFields fields, string accountId, Shown shown);

    /// <summary>The entry as the body wants it. What the body does not name stays as it is.</summary>
    public abstract T Update(JsonFields fields, T entry);

    public abstract void Write(Utf8JsonWriter json, T entry, View view);

    public abstract void Put(TableWrite write, T entry);

    public virtual void Delete(TableWrite write, T entry)
    {
        var (accountId, id) = KeyOf(entry);
        write.Delete(typeof(T), accountId, id);
    }

    /// <summary>What else is written when the entry is new.</summary>
    public virtual void PutWith(TableWrite write, T entry, Shown shown)
    {
    }

    /// <summary>What still refers to the entry, so that it cannot be deleted; null where nothing does.</summary>
    public virtual string? InUseBy(T entry) => null;

    /// <summary>Where the path's last part leads for this caller; null where to nothing of theirs.</summary>
    public virtual (string AccountId, long Id)? Locate(Caller caller, string routeValue) =>
        caller.AccountId is { } accountId && long.TryParse(routeValue, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var id)
            ? (accountId, id)
            : null;

    public virtual IReadOnlyList<Entry<T>> List(Caller caller) => caller.AccountId is { } accountId ? Table.Of(accountId) : [];

    protected long NewId(string accountId) => NewKey.Id(id => Table.Find(accountId, id) is not null);

    /// <summary>A name, which no other of the account's may have: it finds the entry again where the answer to its creation was lost.</summary>
    protected string NameIn(JsonFields fields, string accountId, long? ownId)
    {
        var name = fields.Required(fields.Text("name", Texts.NameMax), "name");
        if (name.Any(char.IsControl))
            fields.Refuse<string>("name", "name must not hold control characters");
        if (name.Length > 0 && Table.Of(accountId).Exists(other => NameOf(other.Value) == name && KeyOf(other.Value).Id != ownId))
            fields.Conflict("NAME_TAKEN", $"there is another {Name} of this name", "name");
        return name;
    }

    protected long[] TeamsIn(JsonFields fields, string accountId, long[] otherwise)
    {
        if (fields.References("teams") is not { } ids)
            return otherwise;
        foreach (var id in ids)
        {
            if (Entities.Teams.Find(accountId, id) is null)
                fields.Refuse<string>("teams", $"there is no team {id} in this account");
        }

        return ids;
    }

    protected void WriteTeams(Utf8JsonWriter json, string accountId, long[] ids)
    {
        json.WriteStartArray("teams");
        foreach (var id in ids)
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            if (Entities.Teams.Find(accountId, id) is { } team)
                json.WriteString("name", team.Value.Name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    protected static void WriteTime(Utf8JsonWriter json, string name, long? timeMs)
    {
        if (timeMs is { } given)
            json.WriteString(name, DateTimeOffset.FromUnixTimeMilliseconds(given).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture));
    }

    protected static void WriteTexts(Utf8JsonWriter json, string name, string[] texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
