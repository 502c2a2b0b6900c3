using System.Text.Json;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>A provider's labels, as many as a record has room for.</summary>
/// <remarks>Nobody can mend an alert on its way here, so what is too much is cut or left out, in the payload's order; the generic API refuses it.</remarks>
internal static class AlertLabels
{
    /// <summary>Characters of all labels together: more would crowd a Kafka message (1 MB).</summary>
    public const int TotalMax = 64 * 1024;

    /// <summary>The texts in these objects; of two with the same name the first.</summary>
    public static Dictionary<string, string> Of(params ReadOnlySpan<JsonElement?> objects)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        var room = TotalMax;
        foreach (var given in objects)
        {
            if (given is not { ValueKind: JsonValueKind.Object } pairs)
                continue;
            foreach (var pair in pairs.EnumerateObject())
            {
                if (labels.Count == JsonFields.LabelsMax)
                    return labels;
                if (pair.Value.ValueKind != JsonValueKind.String || pair.Name.Length is 0 or > JsonFields.IdMax)
                    continue;
                var value = Texts.Cut(pair.Value.GetString()!, JsonFields.LabelValueMax);
                if (pair.Name.Length + value.Length <= room && labels.TryAdd(pair.Name, value))
                    room -= pair.Name.Length + value.Length;
            }
        }

        return labels;
    }
}
