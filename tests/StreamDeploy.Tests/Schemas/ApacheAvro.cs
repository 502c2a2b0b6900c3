using System.Collections;
using System.Globalization;
using System.Reflection;
using Avro.Generic;
using Avro.IO;
using Apache = Avro;

namespace StreamDeploy.Tests.Schemas;

/// <summary>Avro by Apache's library for .NET: the second implementation, beside <see cref="NaiveAvro"/>, that the codec is measured by.</summary>
internal static class ApacheAvro
{
    /// <summary>What it makes of a body that another schema wrote, written again with the reader's schema.</summary>
    /// <exception cref="Apache.AvroException">It refuses the pair of schemas, or the body.</exception>
    public static byte[] ReadAndWrite(Apache.Schema writer, Apache.Schema reader, byte[] body) => Write(reader, Read(writer, reader, body));

    public static object? Read(Apache.Schema writer, Apache.Schema reader, byte[] body)
    {
        using var stream = new MemoryStream(body);
        return new GenericDatumReader<object?>(writer, reader).Read(null, new BinaryDecoder(stream));
    }

    public static byte[] Write(Apache.Schema schema, object? datum)
    {
        using var stream = new MemoryStream();
        new GenericDatumWriter<object?>(schema).Write(datum, new BinaryEncoder(stream));
        return stream.ToArray();
    }

    /// <summary>A record of ours as its generic record: a field of the schema is the property of its name.</summary>
    public static GenericRecord Record(Apache.Schema schema, object record) => (GenericRecord)Datum(schema, record)!;

    private static object? Datum(Apache.Schema schema, object? value) => schema switch
    {
        Apache.UnionSchema union => value is null ? null : Datum(union.Schemas.Single(branch => branch.Tag != Apache.Schema.Type.Null), value),
        Apache.RecordSchema fields => RecordOf(fields, value!),
        Apache.EnumSchema symbols => new GenericEnum(symbols, value!.ToString()),
        Apache.ArraySchema items => ((IEnumerable)value!).Cast<object>().Select(item => Datum(items.ItemSchema, item)).ToArray(),
        Apache.MapSchema values => ((IEnumerable<KeyValuePair<string, string>>)value!).ToDictionary(entry => entry.Key, entry => Datum(values.ValueSchema, entry.Value)),
        Apache.LogicalSchema => DateTime.UnixEpoch.AddMilliseconds((long)value!),
        _ => value,
    };

    private static GenericRecord RecordOf(Apache.RecordSchema schema, object value)
    {
        var record = new GenericRecord(schema);
        foreach (var field in schema.Fields)
            record.Add(field.Name, Datum(field.Schema, PropertyOf(value.GetType(), field.Name).GetValue(value)));
        return record;
    }

    private static PropertyInfo PropertyOf(Type type, string field)
    {
        var name = char.ToUpper(field[0], CultureInfo.InvariantCulture) + field[1..];
        return type.GetProperty(name) ?? type.GetProperty(name + "Ms") ?? throw new InvalidOperationException($"{type.Name} has no property for {field}");
    }
}
