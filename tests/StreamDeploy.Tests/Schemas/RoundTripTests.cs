using System.Buffers;
using System.Reflection;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Schemas;

public class RoundTripTests
{
    /// <summary>So that what is allocated is not found to be unused.</summary>
    private static object? kept;

    [Theory]
    [MemberData(nameof(RandomRecords.Types), MemberType = typeof(RandomRecords))]
    public void What_is_written_in_Avro_reads_as_it_was(Type type) => Run(nameof(CheckAvro), type);

    [Theory]
    [MemberData(nameof(RandomRecords.Types), MemberType = typeof(RandomRecords))]
    public void What_is_written_in_JSON_reads_as_it_was(Type type) => Run(nameof(CheckJson), type);

    [Theory]
    [MemberData(nameof(RandomRecords.Types), MemberType = typeof(RandomRecords))]
    public void Every_truncation_and_every_byte_more_is_an_error(Type type) => Run(nameof(CheckTruncated), type);

    [Fact]
    public void A_record_that_holds_itself_reads_as_it_was_written()
    {
        AvroCodec<Node> codec = AvroCodec<Node>.Bind(AvroSchema.Parse(Node.Json));
        var tree = new Node { Label = "root", Next = new Node { Label = "a", Next = new Node { Label = "b" } }, Children = [new Node { Label = "c" }, new Node()] };

        Node read = codec.ReaderFor(codec.Schema).Read(codec.Encode(tree));

        Assert.Equal("b", read.Next!.Next!.Label);
        Assert.Equal(["c", ""], read.Children.Select(child => child.Label));
    }

    [Fact]
    public void A_header_is_left_free_before_the_body()
    {
        AvroCodec<Deployment> codec = AvroCodec<Deployment>.Instance;

        byte[] bytes = codec.Encode(Some.Deployment(), WireFormat.HeaderLength);

        Assert.Equal(new byte[WireFormat.HeaderLength], bytes[..WireFormat.HeaderLength]);
        Assert.Equal(codec.Encode(Some.Deployment()), bytes[WireFormat.HeaderLength..]);
    }

    [Fact]
    public void Reading_allocates_the_record_and_the_strings_that_were_not_read_before_and_nothing_else()
    {
        Deployment deployment = Some.Deployment() with { Service = "checkout", StartedAtMs = 5, Author = new Author { Name = "Zoë" } };
        byte[] body = AvroCodec<Deployment>.Instance.Encode(deployment);
        AvroReader<Deployment> reader = Readers<Deployment>.Own;
        reader.Read(body);
        // The others are ASCII, and those of the last reading are given again.
        string[] texts = ["Zoë"];

        long read = Allocated(() => reader.Read(body));
        long needed = Allocated(() => deployment with { }) + Allocated(() => deployment.Author with { }) + texts.Sum(text => Allocated(() => new string(text.AsSpan())));

        Assert.Equal(needed, read);
    }

    private static long Allocated(Func<object> make)
    {
        kept = make();
        long before = GC.GetAllocatedBytesForCurrentThread();
        kept = make();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    [Fact]
    public void A_null_that_the_schema_does_not_allow_is_named()
    {
        AvroException e = Assert.Throws<AvroException>(() => AvroCodec<Deployment>.Instance.Encode(Some.Deployment() with { AccountId = null! }));
        Assert.StartsWith("Deployment.accountId: null", e.Message, StringComparison.Ordinal);

        e = Assert.Throws<AvroException>(() => AvroCodec<Deployment>.Instance.Encode(Some.Deployment() with { Links = [new Link { Href = null! }] }));
        Assert.StartsWith("Link.href: null", e.Message, StringComparison.Ordinal);

        // What was half written before does not show in what follows.
        Assert.Equal(AvroCodec<Deployment>.Instance.Encode(Some.Deployment()), AvroCodec<Deployment>.Instance.Encode(Some.Deployment()));
    }

    [Fact]
    public void An_enum_number_without_a_name_is_refused()
    {
        AvroException e = Assert.Throws<AvroException>(() => AvroCodec<Deployment>.Instance.Encode(Some.Deployment() with { Kind = (DeploymentKind)99 }));

        Assert.StartsWith("Deployment.kind: 99 is no symbol of streamdeploy.DeploymentKind", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_cut_inside_a_surrogate_pair_is_written_with_a_replacement()
    {
        AvroCodec<Deployment> codec = AvroCodec<Deployment>.Instance;

        Deployment read = codec.ReaderFor(codec.Schema).Read(codec.Encode(Some.Deployment() with { Summary = "🚀"[..1] }));

        Assert.Equal("\ufffd", read.Summary);
    }

    private static void Run(string check, Type type)
    {
        MethodInfo method = typeof(RoundTripTests).GetMethod(check, BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(type);
        Action<int> run = method.CreateDelegate<Action<int>>();
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), run).Check(Config.QuickThrowOnFailure.WithMaxTest(150));
    }

    private static void CheckAvro<T>(int seed)
    {
        T record = RandomRecords.Of<T>(new Random(seed));
        AvroCodec<T> codec = AvroCodec<T>.Instance;
        byte[] bytes = codec.Encode(record);
        Assert.Equal(RandomRecords.Describe(record), RandomRecords.Describe(Readers<T>.Own.Read(bytes)));
    }

    private static void CheckJson<T>(int seed)
    {
        T record = RandomRecords.Of<T>(new Random(seed));
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
            RecordJson<T>.Instance.Write(writer, record);
        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        T read = RecordJson<T>.Instance.Read(document.RootElement, "record");
        Assert.True(RandomRecords.Describe(record) == RandomRecords.Describe(read), Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static void CheckTruncated<T>(int seed)
    {
        byte[] bytes = AvroCodec<T>.Instance.Encode(RandomRecords.Of<T>(new Random(seed)));
        AvroReader<T> reader = Readers<T>.Own;
        var random = new Random(seed);
        for (int i = 0; i < 20; i++)
            Assert.Throws<AvroException>(() => reader.Read(bytes.AsSpan(0, random.Next(bytes.Length))));
        AvroException e = Assert.Throws<AvroException>(() => reader.Read([.. bytes, 0]));
        Assert.Contains("1 bytes follow the value", e.Message, StringComparison.Ordinal);
    }

    private static class Readers<T>
    {
        public static readonly AvroReader<T> Own = AvroCodec<T>.Instance.ReaderFor(AvroCodec<T>.Instance.Schema);
    }
}
