using System.Text.Json;
using StreamDeploy.Schemas;

namespace StreamDeploy.Cli;

/// <summary>What is wrong with a line, for the user.</summary>
internal sealed class ReplayLineException(string message) : Exception(message);

/// <summary>One line of a replay file: what it holds, and when Kafka would have had it.</summary>
/// <param name="Kind">The key that names what the line holds.</param>
/// <param name="Value">The fields.</param>
/// <param name="Deleted">Whether it is a table's null.</param>
/// <param name="AtMs">The Kafka timestamp; null when the line does not say.</param>
internal readonly record struct ReplayLine(string Kind, JsonElement Value, bool Deleted, long? AtMs)
{
    private static readonly string[] Kinds = ["deployment", "alert", "pipeline", "alertSource", "escalationPolicy", "team", "account"];

    public bool IsEvent => Kind is "deployment" or "alert";

    /// <exception cref="ReplayLineException">The line is not such an object.</exception>
    public static ReplayLine Parse(string line)
    {
        JsonElement root;
        try
        {
            root = JsonElement.Parse(line);
        }
        catch (JsonException e)
        {
            throw new ReplayLineException($"not JSON: {e.Message}");
        }
        if (root.ValueKind != JsonValueKind.Object) throw new ReplayLineException($"a {root.ValueKind} where an object was expected.");
        var kinds = root.EnumerateObject().Select(property => property.Name).Where(name => Kinds.Contains(name, StringComparer.Ordinal)).ToArray();
        if (kinds.Length != 1) throw new ReplayLineException($"must have one of the keys {string.Join(", ", Kinds)}, but has {(kinds.Length == 0 ? "none" : string.Join(" and ", kinds))}.");
        var value = root.GetProperty(kinds[0]);
        if (value.ValueKind != JsonValueKind.Object) throw new ReplayLineException($"{kinds[0]}: a {value.ValueKind} where an object was expected.");
        return new ReplayLine(kinds[0], value, IsDeleted(root) || IsDeleted(value), At(root));
    }

    public string AccountId => Value.TryGetProperty("accountId", out var id) && id.ValueKind == JsonValueKind.String
        ? id.GetString()!
        : throw new ReplayLineException($"{Kind}.accountId: a text is required.");

    public long Id => Value.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.Number && id.TryGetInt64(out var number)
        ? number
        : throw new ReplayLineException($"{Kind}.id: a whole number is required.");

    public T Read<T>()
    {
        try
        {
            return RecordJson<T>.Instance.Read(Value, Kind);
        }
        catch (RecordJsonException e)
        {
            throw new ReplayLineException(e.Message);
        }
    }

    private static bool IsDeleted(JsonElement value) => value.TryGetProperty("deleted", out var deleted) && deleted.ValueKind == JsonValueKind.True;

    private static long? At(JsonElement root)
    {
        if (!root.TryGetProperty("at", out var at) || at.ValueKind == JsonValueKind.Null) return null;
        if (at.ValueKind == JsonValueKind.Number && at.TryGetInt64(out var ms)) return ms;
        throw new ReplayLineException($"at: {at.GetRawText()} where epoch milliseconds were expected.");
    }
}
