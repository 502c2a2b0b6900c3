using System.Buffers;
using System.Reflection;
using System.Text;
using System.Text.Json;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Schemas;

public class EvolutionTests
{
    private const int SchemasPerType = 60;
    private const int ValuesPerSchema = 10;

    [Theory]
    [MemberData(nameof(RandomRecords.Types), MemberType = typeof(RandomRecords))]
    public void What_evolved_schemas_wrote_is_read_as_the_specification_says(Type type) =>
        typeof(EvolutionTests).GetMethod(nameof(Check), BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(type).CreateDelegate<Action>()();

    private static void Check<T>()
    {
        string ours = AvroSchema.For<T>().Json;
        var naiveReader = new NaiveAvro(ours);
        int first = Environment.TickCount;
        int read = 0;
        for (int seed = first; seed < first + SchemasPerType; seed++)
        {
            var random = new Random(seed);
            string writer = EvolvedSchema.Of(ours, random);
            if (ReaderFor<T>(AvroSchema.ParseWriter(writer), seed) is not { } reader)
                continue;
            bool compatible = SchemaCompatibility.Problem(AvroSchema.For<T>(), AvroSchema.ParseWriter(writer)) is null;
            var naiveWriter = new NaiveAvro(writer);
            for (int i = 0; i < ValuesPerSchema; i++)
            {
                object? value = naiveWriter.Generate(random);
                byte[] body = naiveWriter.Encode(value, random);
                bool readable = CheckOne(reader, naiveWriter, naiveReader, value, body, $"seed {seed}, value {i}, writer {writer}");
                Assert.True(readable || !compatible, $"seed {seed}: compatible, but not readable: {writer}");
                read += readable ? 1 : 0;
                Mutate(reader, body, random, seed);
            }
        }
        Assert.True(read > SchemasPerType, $"only {read} bodies were readable: the schemas evolve too far to test anything");
    }

    /// <summary>Null where two changes made a union into something else: then the schemas must be incompatible in the registry's eyes too.</summary>
    private static AvroReader<T>? ReaderFor<T>(AvroSchema writer, int seed)
    {
        try
        {
            return AvroCodec<T>.Instance.ReaderFor(writer);
        }
        catch (AvroResolutionException e)
        {
            Assert.True(SchemaCompatibility.Problem(AvroSchema.For<T>(), writer) is not null, $"seed {seed}: {e.Message} in {writer.Json}");
            return null;
        }
    }

    private static bool CheckOne<T>(AvroReader<T> reader, NaiveAvro writer, NaiveAvro ours, object? value, byte[] body, string where)
    {
        string expected;
        try
        {
            expected = writer.Resolve(value, ours);
        }
        catch (UnreadableException)
        {
            Assert.Throws<AvroException>(() => reader.Read(body));
            return false;
        }
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
            RecordJson<T>.Instance.Write(json, reader.Read(body));
        string read = Encoding.UTF8.GetString(buffer.WrittenSpan);
        Assert.True(expected == read, $"{where}:\nexpected {expected}\nread     {read}");
        return true;
    }

    private static void Mutate<T>(AvroReader<T> reader, byte[] body, Random random, int seed)
    {
        if (body.Length == 0)
            return;
        body[random.Next(body.Length)] = (byte)random.Next(256);
        try
        {
            reader.Read(body.AsSpan(0, random.Next(2) == 0 ? body.Length : random.Next(body.Length)));
        }
        catch (AvroException e)
        {
            Assert.True(e.Path.Length > 0, $"seed {seed}: {e}");
        }
    }
}
