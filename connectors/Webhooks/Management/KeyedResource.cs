using System.Text;
using System.Text.Json;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks.Management;

/// <summary>What an entry's senders come in by and prove themselves with, as it lies in the entry.</summary>
internal readonly record struct EntryKeys(string? Hash, RetiredKey[] Retired, SealedSecret[] Secrets);

/// <summary>Entries that have an integration key and may have signing secrets, both of which are replaced while the ones before stay valid for a while.</summary>
internal abstract class KeyedResource<T>(Entities entities, EntityTable<T> table) : Resource<T>(entities, table)
    where T : class
{
    /// <summary>Stands for the key where a URL is shown without it.</summary>
    public const string KeyMark = "{integrationKey}";

    /// <summary>More keys or secrets at once than this are not kept: the oldest go.</summary>
    private const int RetiredMax = 4;
    private const int SecretMin = 8;
    private const int SecretMax = 1024;

    /// <summary>What may send to such entries.</summary>
    protected abstract IReadOnlyList<IntegrationType> Types { get; }

    protected abstract IntegrationType TypeOf(T entry);

    protected abstract bool TakesSecrets(IntegrationType type);

    protected abstract EntryKeys KeysOf(T entry);

    /// <summary>The entry with these keys, updated now.</summary>
    protected abstract T With(T entry, EntryKeys keys);

    /// <summary>Where senders of the type send to; null for nowhere.</summary>
    protected abstract string? PathOf(IntegrationType type);

    public bool HasKey(T entry) => KeysOf(entry).Hash is not null;

    /// <summary>The entry with a new key; the one before is valid until then.</summary>
    public T WithKey(T entry, string key, long previousValidUntilMs)
    {
        var keys = KeysOf(entry);
        var now = Entities.NowMs;
        RetiredKey[] retired = keys.Hash is null || previousValidUntilMs <= now ? [] : [new RetiredKey { Hash = keys.Hash, ValidUntilMs = previousValidUntilMs }];
        return With(entry, keys with { Hash = IntegrationKey.Hash(key), Retired = [.. keys.Retired.Where(old => old.ValidUntilMs > now).TakeLast(RetiredMax - 1), .. retired] });
    }

    /// <summary>The entry with a new secret; those before are valid until then at most.</summary>
    public T WithSecret(T entry, string secret, long previousValidUntilMs)
    {
        var keys = KeysOf(entry);
        var retired = keys.Secrets.Select(old => old with { ValidUntilMs = Math.Min(old.ValidUntilMs ?? long.MaxValue, previousValidUntilMs) }).Where(old => old.ValidUntilMs > Entities.NowMs);
        var sealedText = Entities.MasterKeys.Seal(Encoding.UTF8.GetBytes(secret), SealOf(entry));
        return With(entry, keys with { Secrets = [.. retired.TakeLast(RetiredMax), new SealedSecret { Sealed = sealedText }] });
    }

    /// <summary>The entry with its secrets sealed anew under the first master key; null where none is old, or one does not open.</summary>
    public T? Resealed(T entry)
    {
        var keys = KeysOf(entry);
        if (!Array.Exists(keys.Secrets, secret => Entities.MasterKeys.IsOld(secret.Sealed)))
            return null;
        var anew = new List<SealedSecret>(keys.Secrets.Length);
        foreach (var secret in keys.Secrets)
        {
            if (Entities.MasterKeys.Open(secret.Sealed, SealOf(entry)) is not { } open)
                return null;
            anew.Add(secret with { Sealed = Entities.MasterKeys.Seal(open, SealOf(entry)) });
        }

        return With(entry, keys with { Secrets = [.. anew] });
    }

    /// <summary>The body's signing secret, where it holds one and may.</summary>
    public string? SecretIn(JsonFields fields, T entry)
    {
        if (fields.Text("signingSecret", SecretMax) is not { } secret)
            return null;
        if (!TakesSecrets(TypeOf(entry)))
            return fields.Refuse<string>("signingSecret", $"signingSecret is not for the type {TypeOf(entry)}");
        if (secret.Length < SecretMin)
            return fields.Refuse<string>("signingSecret", $"signingSecret must be at least {SecretMin} characters long");
        if (!GitLabProof.IsWellFormed(secret))
            return fields.Refuse<string>("signingSecret", "signingSecret begins with whsec_, but does not go on in base64");
        if (Entities.MasterKeys.CanSeal)
            return secret;
        fields.Conflict("NO_MASTER_KEY", "this server has no master key to keep a signing secret under: its operator sets one with --master-key", "signingSecret");
        return null;
    }

    /// <summary>The type of a new entry, and its key's hash; the key itself is shown.</summary>
    protected (IntegrationType Type, string? KeyHash) TypeAndKey(JsonFields fields, Shown shown)
    {
        var type = fields.OneOf("integrationType", [.. Types]);
        if (type is null)
            fields.Required(null, "integrationType");
        // What is of type OTHER is written to Kafka by its producer.
        if (type != IntegrationType.OTHER)
            shown.IntegrationKey = NewKey.Integration();
        return (type ?? IntegrationType.OTHER, shown.IntegrationKey is { } key ? IntegrationKey.Hash(key) : null);
    }

    protected void CheckType(JsonFields fields, T entry)
    {
        if (fields.OneOf("integrationType", [.. Types]) is { } type && type != TypeOf(entry))
            fields.Refuse<string>("integrationType", $"integrationType is {TypeOf(entry)} and cannot be changed: make another {Name}");
    }

    /// <summary>The entry with the body's secret, where there is one: at an update it is the only one from then on.</summary>
    protected T WithSecretOf(JsonFields fields, T entry) => SecretIn(fields, entry) is { } secret ? WithSecret(entry, secret, Entities.NowMs) : entry;

    protected void WriteHead(Utf8JsonWriter json, T entry, View view)
    {
        var (keys, now) = (KeysOf(entry), Entities.NowMs);
        json.WriteNumber("id", KeyOf(entry).Id);
        json.WriteString("name", NameOf(entry));
        json.WriteString("integrationType", TypeOf(entry).ToString());
        var key = view.Shown?.IntegrationKey;
        if (key is not null)
            json.WriteString("integrationKey", key);
        if (PathOf(TypeOf(entry)) is { } path && (view.WithUrl || key is not null))
            json.WriteString("integrationUrl", view.BaseUrl + (key is null ? path : path.Replace(KeyMark, key, StringComparison.Ordinal)));
        json.WriteNumber("retiredKeys", keys.Retired.Count(old => old.ValidUntilMs > now));
        json.WriteNumber("signingSecrets", keys.Secrets.Count(secret => !(secret.ValidUntilMs <= now)));
    }

    protected void WriteTail(Utf8JsonWriter json, T entry, long? createdAtMs, long? updatedAtMs)
    {
        WriteTime(json, "createdAt", createdAtMs);
        WriteTime(json, "updatedAt", updatedAtMs);
        var (accountId, id) = KeyOf(entry);
        if (Entities.IsOfFile(typeof(T), accountId, id))
            json.WriteBoolean("managedByFile", true);
    }

    private string SealOf(T entry) => KeyOf(entry) is var (accountId, id) ? MasterKeys.EntryOf(typeof(T), accountId, id) : "";
}
