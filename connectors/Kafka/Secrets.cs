namespace StreamDeploy.Connectors.Kafka;

/// <summary>Takes passwords and keys out of text that is going to be logged (librdkafka's <c>debug</c> prints its configuration).</summary>
internal sealed class Secrets
{
    // Very short values would mask ordinary words and protect nothing.
    private const int LengthMin = 4;
    private static readonly string[] Marks = ["password", "secret", "key.pem", "jaas", "token", "username"];

    private readonly string[] _values;

    public Secrets(IReadOnlyDictionary<string, string> properties) =>
        _values = [.. properties.Where(p => IsSecret(p.Key) && p.Value.Length >= LengthMin).Select(p => p.Value).OrderByDescending(v => v.Length)];

    public static bool IsSecret(string property) => Marks.Any(m => property.Contains(m, StringComparison.OrdinalIgnoreCase));

    public string Mask(string text)
    {
        foreach (var value in _values)
            text = text.Replace(value, "****", StringComparison.Ordinal);
        return text;
    }
}
