using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>A time as it is written into a row: 2026-01-01 12:00:00.000, UTC.</summary>
/// <remarks>Not as a number: ClickHouse takes a small one for seconds and a great one for milliseconds.</remarks>
[JsonConverter(typeof(EpochMsConverter))]
internal readonly record struct EpochMs(long Value)
{
    public static implicit operator EpochMs(long value) => new(value);
}

internal sealed class EpochMsConverter : JsonConverter<EpochMs>
{
    /// <summary>What DateTime64 can hold: 1900-01-01 to 2299-12-31.</summary>
    public const long Min = -2_208_988_800_000, Max = 10_413_791_999_999;

    public override EpochMs Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("rows are only written");

    public override void Write(Utf8JsonWriter writer, EpochMs value, JsonSerializerOptions options)
    {
        if (value.Value is < Min or > Max)
            throw new UnwritableRowException($"the time {value.Value} ms is outside 1900 to 2299, which is what ClickHouse can hold");
        Span<byte> text = stackalloc byte[23];
        DateTime time = DateTime.UnixEpoch.AddMilliseconds(value.Value);
        time.TryFormat(text, out int length, "yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }
}

/// <summary>A record that is Avro but cannot be a row.</summary>
internal sealed class UnwritableRowException(string message) : Exception(message);
