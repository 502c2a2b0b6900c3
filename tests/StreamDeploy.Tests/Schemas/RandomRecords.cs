using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Schemas;

/// <summary>Random values of any of our records, and a text by which two are compared.</summary>
public static class RandomRecords
{
    private static readonly string[] Texts =
        ["", "a", "d1", "Zoë", "日本語", "🚀 launch", "\u0000\u0001", "quote\" back\\slash \n", "ÿ", "\ufeff", new string('x', 300), new string('ü', 2000)];

    private static readonly long[] Longs =
        [0, 1, -1, 63, 64, -64, -65, 8191, 8192, int.MaxValue, int.MinValue, (1L << 53) + 1, long.MaxValue, long.MinValue];

    /// <summary>Every type that has an .avsc of its own.</summary>
    public static TheoryData<Type> Types =>
    [
        typeof(Deployment), typeof(Alert), typeof(Enrichment), typeof(DeploymentPipeline), typeof(AlertSource), typeof(EscalationPolicy), typeof(Team), typeof(Account),
        typeof(ApiKey), typeof(AuditRecord), typeof(Delivery),
    ];

    /// <param name="random">Where chance comes from.</param>
    /// <param name="portable">Only numbers that JavaScript has too.</param>
    public static T Of<T>(Random random, bool portable = false) => (T)Record(typeof(T), random, portable);

    private static object Record(Type type, Random random, bool portable)
    {
        var nullability = new NullabilityInfoContext();
        object record = Activator.CreateInstance(type)!;
        foreach (PropertyInfo property in type.GetProperties().Where(property => property.CanWrite))
        {
            bool nullable = nullability.Create(property).WriteState == NullabilityState.Nullable;
            bool isTime = property.Name.EndsWith("Ms", StringComparison.Ordinal);
            property.SetValue(record, nullable && random.Next(3) == 0 ? null : Value(property.PropertyType, random, isTime, portable));
        }
        return record;
    }

    private static object Value(Type type, Random random, bool isTime, bool portable)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
            return random.Next(2) == 0 ? Texts[random.Next(Texts.Length)] : random.NextInt64().ToString("x", CultureInfo.InvariantCulture);
        if (type == typeof(long))
            return isTime || portable ? random.NextInt64(-62_135_596_800_000, 253_402_300_800_000) : Longs[random.Next(Longs.Length)];
        if (type == typeof(int))
            return random.Next(2) == 0 ? random.Next() : -random.Next();
        if (type == typeof(bool))
            return random.Next(2) == 0;
        if (type == typeof(double))
            return portable ? random.NextDouble() : random.Next(8) switch { 0 => double.NaN, 1 => double.NegativeInfinity, 2 => -0.0, 3 => double.Epsilon, _ => random.NextDouble() };
        if (type.IsEnum)
            return Enum.GetValues(type).GetValue(random.Next(Enum.GetValues(type).Length))!;
        if (type == typeof(IReadOnlyDictionary<string, string>))
            return Enumerable.Range(0, random.Next(4)).ToDictionary(i => "k" + i, i => Texts[random.Next(Texts.Length)]);
        if (type.IsArray)
        {
            var items = Array.CreateInstance(type.GetElementType()!, random.Next(4));
            for (int i = 0; i < items.Length; i++)
                items.SetValue(Value(type.GetElementType()!, random, false, portable), i);
            return items;
        }
        return Record(type, random, portable);
    }

    /// <summary>Everything a record holds. Doubles by their bits, for -0 is not 0; but a NaN is a NaN, whichever.</summary>
    public static string Describe(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        double.NaN => "NaN",
        double number => BitConverter.DoubleToInt64Bits(number).ToString("x", CultureInfo.InvariantCulture),
        IReadOnlyDictionary<string, string> map => "{" + string.Join(',', map.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => e.Key + ":" + Describe(e.Value))) + "}",
        IEnumerable items => "[" + string.Join(',', items.Cast<object?>().Select(Describe)) + "]",
        _ when value.GetType().Assembly == typeof(Deployment).Assembly && value.GetType().IsClass => DescribeRecord(value),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string DescribeRecord(object record)
    {
        var text = new StringBuilder(record.GetType().Name + "(");
        foreach (PropertyInfo property in record.GetType().GetProperties())
            text.Append(property.Name).Append('=').Append(Describe(property.GetValue(record))).Append(' ');
        return text.Append(')').ToString();
    }
}
