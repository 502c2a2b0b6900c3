using System.Diagnostics;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Schemas;

public class HostileBytesTests
{
    private const string Long = "\"long\"";
    private const string String = "\"string\"";
    private const string Longs = """{"type":"array","items":"long"}""";
    private const string Colours = """{"type":"enum","name":"Colour","symbols":["RED","GREEN","BLUE"]}""";
    private static readonly byte[] TwoTo60 = Box<long>.Write(Long, 1L << 60);

    [Fact]
    public void Numbers()
    {
        Rejected<long>(Long, [], "at byte 0: the body ends where a number is expected");
        Rejected<long>(Long, [0x80], "at byte 0: the body ends where a number is expected");
        Rejected<long>(Long, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], "at byte 0: a number of more than 64 bits");
        Rejected<long>(Long, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02], "at byte 0: a number of more than 64 bits");
        Rejected<int>("\"int\"", Box<long>.Write(Long, 1L << 31), "at byte 0: 2147483648 is no int");
        Rejected<double>("\"double\"", [1, 2, 3], "at byte 0: the body ends inside a double");
        Rejected<bool>("\"boolean\"", [2], "at byte 0: a boolean is 0 or 1, not 2");
        Rejected<bool>("\"boolean\"", [], "at byte 0: the body ends where a boolean is expected");
        Assert.Equal(1, Box<long>.Read(Long, Long, 0x82, 0x80, 0x00));
    }

    [Fact]
    public void Lengths()
    {
        Rejected<string>(String, [0x01], "at byte 0: a string of -1 bytes");
        Rejected<string>(String, TwoTo60, "at byte 0: a string of 1152921504606846976 bytes, with 0 left");
        Rejected<byte[]>("\"bytes\"", TwoTo60, "at byte 0: bytes of 1152921504606846976 bytes, with 0 left");
        Rejected<string>(String, [0x04, 0xC3, 0x28], "at byte 0: a string that is not UTF-8");
        Rejected<string>(String, [0x06, 0xED, 0xA0, 0x80], "at byte 0: a string that is not UTF-8");
        Rejected<byte[]>("""{"type":"fixed","name":"F","size":2147483647}""", [1], "at byte 0: the body ends inside a fixed");
        Rejected<string>(String, [0x02, (byte)'a', 0], "Box at byte 2: 1 bytes follow the value");
    }

    [Fact]
    public void Indexes()
    {
        Rejected<Colour>(Colours, [0x06], "at byte 0: enum index 3 of 3");
        Rejected<Colour>(Colours, [0x01], "at byte 0: enum index -1 of 3");
        Rejected<Colour>(Colours, TwoTo60, "enum index 1152921504606846976 of 3");
        Rejected<string?>("""["null","string"]""", [0x04], "at byte 0: union index 2 of 2");
        Rejected<string?>("""["null","string"]""", [0x01], "at byte 0: union index -1 of 2");
    }

    [Fact]
    public void Blocks()
    {
        Rejected<long[]>(Longs, [.. TwoTo60, 0, 0], "at byte 0: a block of 1152921504606846976 items, with 2 bytes left");
        Rejected<long[]>(Longs, [0x02, 0x02], "Box.value at byte 2: the body ends where a number is expected");
        Rejected<long[]>(Longs, [0x04, 0x02, 0x80], "Box.value[1] at byte 2: the body ends where a number is expected");
        Rejected<long[]>(Longs, Box<long>.Write(Long, long.MinValue), "at byte 0: a block count that has no positive");
        Rejected<long[]>(Longs, [0x01, 0x01, 0x02, 0x00], "at byte 1: a block of -1 bytes");
        Rejected<long[]>(Longs, [0x01, .. TwoTo60, 0x02, 0x00], "a block of 1152921504606846976 bytes, with 2 left");
        Rejected<long[]>(Longs, [.. Box<long>.Write(Long, -(1L << 60)), 0x02, 0x02, 0x00], "a block of 1152921504606846976 items");
    }

    [Fact]
    public void Items_of_no_bytes_are_bounded_by_the_length_of_the_body()
    {
        const string nodes = """{"type":"array","items":{"type":"record","name":"Node","fields":[]}}""";
        string reader = $$"""{"type":"array","items":{{Node.Json}}}""";

        Assert.Equal(3, Box<Node[]>.Read(nodes, reader, 0x06, 0x00).Length);
        AvroException e = Assert.Throws<AvroException>(() => Box<Node[]>.Read(nodes, reader, [.. TwoTo60, 0]));
        Assert.Contains("items that take no byte", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<AvroException>(() => Box<Node[]>.Read(nodes, reader, [.. Enumerable.Repeat((byte)0x7E, 1000), 0]));
        Assert.Contains("items that take no byte", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Skipping_is_as_strict_and_takes_no_steps_over_nothing()
    {
        Skipped("""{"type":"array","items":"null"}""", [.. TwoTo60, 0]);
        Skipped("""{"type":"array","items":"string"}""", [.. TwoTo60, 0], "at byte 10: the body ends where a number is expected");
        Skipped("""{"type":"array","items":"string"}""", [0x01, 0x02, 0xFF, 0x00]);
        Skipped("""{"type":"array","items":"string"}""", [0x01, 0x7E, 0x00], "a block of 63 bytes, with 1 left");
        Skipped("""{"type":"map","values":"null"}""", [.. TwoTo60, 0], "at byte 10: the body ends where a number is expected");
        Skipped("[\"null\",\"int\"]", [0x06], "union index 3 of 2");
        Skipped("\"boolean\"", [0x07], "a boolean is 0 or 1");
        Skipped("\"double\"", [0x07], "the body ends inside a double");
        Skipped("\"bytes\"", TwoTo60, "bytes of 1152921504606846976 bytes");
    }

    [Fact]
    public void Records_of_no_bytes_that_hold_each_other_twice_take_no_time()
    {
        string type = """{"type":"record","name":"R0","fields":[]}""";
        for (int i = 1; i <= 50; i++)
            type = $$"""{"type":"record","name":"R{{i}}","fields":[{"name":"a","type":{{type}}},{"name":"b","type":"R{{i - 1}}"}]}""";

        var clock = Stopwatch.StartNew();
        Skipped(type, []);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), clock.Elapsed.ToString());
    }

    [Fact]
    public void A_record_that_holds_itself_without_a_way_out_has_no_value()
    {
        Skipped("""{"type":"record","name":"R","fields":[{"name":"r","type":"R"}]}""", [], "nests deeper than 64 levels");
    }

    [Fact]
    public void Depth_is_bounded_where_values_are_read_and_where_they_are_skipped()
    {
        // A node of an empty label, whose next is a node, and so on.
        byte[] deep = [.. Enumerable.Repeat<byte[]>([0x00, 0x02], 100_000).SelectMany(bytes => bytes)];

        Rejected<Node>(Node.Json, deep, "the value nests deeper than 64 levels");
        Skipped(Node.Json, deep, "the value nests deeper than 64 levels");
        Skipped("""{"type":"record","name":"L","fields":[{"name":"l","type":{"type":"array","items":"L"}}]}""",
            [.. Enumerable.Repeat((byte)2, 100_000)], "the value nests deeper than 64 levels");
    }

    [Fact]
    public void Many_small_blocks_do_not_cost_the_square_of_their_number()
    {
        byte[] body = [.. Enumerable.Repeat<byte[]>([0x02, 0x02], 20_000).SelectMany(bytes => bytes), 0];
        AvroReader<Box<long[]>> reader = AvroCodec<Box<long[]>>.Bind(Box<long[]>.SchemaOf(Longs)).ReaderFor(Box<long[]>.SchemaOf(Longs));

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(20_000, reader.Read(body).Value.Length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 40L * body.Length);
    }

    private static void Rejected<T>(string type, byte[] body, string problem)
    {
        AvroReader<Box<T>> reader = AvroCodec<Box<T>>.Bind(Box<T>.SchemaOf(type)).ReaderFor(Box<T>.SchemaOf(type));
        long before = GC.GetAllocatedBytesForCurrentThread();
        AvroException e = Assert.Throws<AvroException>(() => reader.Read(body));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.StartsWith("Box", e.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000 + (40L * body.Length));
    }

    /// <summary>The type stands where the reader wants nothing.</summary>
    private static void Skipped(string type, byte[] body, string? problem = null)
    {
        AvroSchema writer = AvroSchema.Parse($$"""{"type":"record","name":"Box","fields":[{"name":"unwanted","type":{{type}}},{"name":"value","type":"long"}]}""");
        AvroReader<Box<long>> reader = AvroCodec<Box<long>>.Bind(Box<long>.SchemaOf(Long)).ReaderFor(writer);
        if (problem is null)
        {
            Assert.Equal(21, reader.Read([.. body, 42]).Value);
            return;
        }
        AvroException e = Assert.Throws<AvroException>(() => reader.Read(body));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.StartsWith("Box.unwanted", e.Message, StringComparison.Ordinal);
    }
}
