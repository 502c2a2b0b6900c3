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
        // By digits: a format string takes five times as long, and a row has up to seven times.
        Span<byte> text = stackalloc byte[23];
        "0000-00-00 00:00:00.000"u8.CopyTo(text);
        DateTime time = DateTime.UnixEpoch.AddMilliseconds(value.Value);
        (int year, int month, int day) = DateOnly.FromDateTime(time);
        Put(text[..4], year);
        Put(text[5..7], month);
        Put(text[8..10], day);
        Put(text[11..13], time.Hour);
        Put(text[14..16], time.Minute);
        Put(text[17..19], time.Second);
        Put(text[20..], time.Millisecond);
        // Nothing in it is to be escaped.
        writer.WriteStringValue(text);
    }

    private static void Put(Span<byte> digits, int number)
    {
        for (int i = digits.Length - 1; i >= 0; i--, number /= 10)
            digits[i] = (byte)('0' + (number % 10));
    }
}

/// <summary>A record that is Avro but cannot be a row.</summary>
internal sealed class UnwritableRowException(string message) : Exception(message);
