using System.Buffers.Binary;
using System.Net;
using System.Text;
using StreamDeploy.Connectors.Embedded;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>What goes over the wire compressed: HTTP's encodings, and ClickHouse's own blocks.</summary>
[Collection(EmbeddedClickHouseTests.Name)]
public sealed class ClickHouseCompressionTests(EmbeddedClickHouseFixture clickHouse) : IClassFixture<EmbeddedClickHouseFixture>
{
    [ClickHouseFact]
    public async Task A_result_in_any_encoding_can_be_inserted_again_as_it_is()
    {
        string database = await clickHouse.NewDatabaseAsync();
        await clickHouse.PostAsync("CREATE TABLE t (a UInt32, s String) ENGINE = MergeTree ORDER BY a", "database=" + database);
        (string Encoding, byte[] Magic)[] encodings =
            [("gzip", [0x1f, 0x8b]), ("deflate", [0x78]), ("br", []), ("zstd", [0x28, 0xb5, 0x2f, 0xfd]), ("lz4", [0x04, 0x22, 0x4d, 0x18]), ("xz", [0xfd, 0x37, 0x7a])];
        for (int i = 0; i < encodings.Length; i++)
        {
            (string encoding, byte[] magic) = encodings[i];
            byte[] packed = await SelectAsync($"SELECT toUInt32({i}) AS a, concat('row ', toString(number)) AS s FROM numbers(10000) FORMAT JSONEachRow", encoding, encoding);
            Assert.Equal(magic, packed[..magic.Length]);
            Assert.InRange(packed.Length, 100, 300_000);
            using var body = new ByteArrayContent(packed);
            body.Headers.ContentEncoding.Add(encoding);
            using HttpResponseMessage inserted = await clickHouse.Http.PostAsync(Url($"database={database}&query=INSERT%20INTO%20t%20FORMAT%20JSONEachRow"), body);
            Assert.True(inserted.IsSuccessStatusCode, await inserted.Content.ReadAsStringAsync());
            Assert.Equal("10000\t10000\n", await clickHouse.PostAsync($"SELECT count(), uniqExact(s) FROM t WHERE a = {i} AND startsWith(s, 'row ')", "database=" + database));
        }
        Assert.Empty(Directory.GetFiles(Path.Combine(clickHouse.DataPath, "streamdeploy-transfer")));
    }

    [ClickHouseFact]
    public async Task What_NET_can_do_itself_goes_first_and_what_nobody_accepts_is_not_sent()
    {
        await SelectAsync("SELECT 1", "zstd, lz4, gzip", "gzip");
        await SelectAsync("SELECT 1", "gzip;q=0, zstd", "zstd");
        Assert.Equal("1\n", Encoding.UTF8.GetString(await SelectAsync("SELECT 1", "snappy", null)));
        Assert.Equal("1\n", Encoding.UTF8.GetString(await SelectAsync("SELECT 1", "gzip", null, "enable_http_compression=0")));
        using var request = new HttpRequestMessage(HttpMethod.Post, Url("")) { Content = new StringContent("SELECT nope") };
        request.Headers.AcceptEncoding.ParseAdd("zstd");
        using HttpResponseMessage error = await clickHouse.Http.SendAsync(request);
        Assert.Empty(error.Content.Headers.ContentEncoding);
    }

    [ClickHouseFact]
    public async Task Blocks_of_ClickHouses_own_kind_go_both_ways()
    {
        string database = await clickHouse.NewDatabaseAsync();
        await clickHouse.PostAsync("CREATE TABLE t (s String) ENGINE = MergeTree ORDER BY s", "database=" + database);
        byte[] blocks = await SelectAsync("SELECT concat('row ', toString(number)) FROM numbers(300000) FORMAT CSV", "gzip", null, "compress=1");
        Assert.InRange(blocks.Length, 100_000, 3_000_000);
        using var body = new ByteArrayContent(blocks);
        using HttpResponseMessage inserted = await clickHouse.Http.PostAsync(Url($"decompress=1&database={database}&query=INSERT%20INTO%20t%20FORMAT%20CSV"), body);
        Assert.True(inserted.IsSuccessStatusCode, await inserted.Content.ReadAsStringAsync());
        Assert.Equal("300000\n", await clickHouse.PostAsync("SELECT uniqExact(s) FROM t WHERE startsWith(s, 'row ')", "database=" + database));
        blocks[blocks.Length / 2] ^= 1;
        using var torn = new ByteArrayContent(blocks);
        using HttpResponseMessage refused = await clickHouse.Http.PostAsync(Url($"decompress=1&database={database}&query=INSERT%20INTO%20t%20FORMAT%20CSV"), torn);
        Assert.Contains("checksum", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("300000\n", await clickHouse.PostAsync("SELECT count() FROM t", "database=" + database));
    }

    /// <summary>The files of a MergeTree's columns are such blocks, with a hash of every length.</summary>
    [ClickHouseFact]
    public async Task Blocks_that_the_engine_wrote_are_read()
    {
        string database = await clickHouse.NewDatabaseAsync();
        await clickHouse.PostAsync("CREATE TABLE t (s String CODEC(LZ4)) ENGINE = MergeTree ORDER BY tuple() SETTINGS min_bytes_for_wide_part = 0, serialization_info_version = 'basic'", "database=" + database);
        for (int length = 1; length < 300; length += 7)
        {
            // Random letters do not compress, so that the hashed part is about as long.
            string row = new([.. Enumerable.Range(0, length).Select(i => (char)('a' + ((i * i * 31) + (length * 17) + (i * 7)) % 26))]);
            await clickHouse.PostAsync($"TRUNCATE TABLE t", "database=" + database);
            await clickHouse.PostAsync($"INSERT INTO t VALUES ('{row}')", "database=" + database);
            string part = (await clickHouse.PostAsync($"SELECT path FROM system.parts WHERE database = '{database}' AND active")).Trim();
            await using var reader = new CompressedBlocksReader(File.OpenRead(Path.Combine(part, "s.bin")));
            byte[] plain = new byte[1000];
            int read = await reader.ReadAtLeastAsync(plain, plain.Length, throwOnEndOfStream: false);
            Assert.EndsWith(row, Encoding.UTF8.GetString(plain, 0, read), StringComparison.Ordinal);
        }
    }

    /// <summary>The engine knows nothing of this project: what was packed here is in the format.</summary>
    [ClickHouseTheory]
    [InlineData("zstd")]
    [InlineData("lz4")]
    public async Task Frames_that_are_written_here_the_engine_reads_and_the_other_way_round(string encoding)
    {
        string packed = Path.Combine(clickHouse.DataPath, "here." + encoding), engines = Path.Combine(clickHouse.DataPath, "engine." + encoding);
        string text = string.Concat(Enumerable.Range(0, 100_000).Select(i => $"row {i * i}\n"));
        await using (FileStream file = File.Create(packed))
        await using (Stream frame = Frames.Write(file, encoding))
            await frame.WriteAsync(Encoding.UTF8.GetBytes(text));
        Assert.Equal($"100000\t{text.Length - 100_000}\n", await clickHouse.PostAsync($"SELECT count(), sum(length(line)) FROM file('{packed}', 'LineAsString', 'line String', '{encoding}')"));

        await clickHouse.PostAsync($"INSERT INTO FUNCTION file('{engines}', 'LineAsString', 'line String', '{encoding}') SELECT line FROM file('{packed}', 'LineAsString', 'line String', '{encoding}')");
        using var reader = new StreamReader(Frames.Read(File.OpenRead(engines), encoding));
        Assert.Equal(text, await reader.ReadToEndAsync());
    }

    /// <summary>In a frame of LZ4 it is for the engine to unpack what a block of ClickHouse's own kind holds.</summary>
    [ClickHouseFact]
    public async Task The_engine_unpacks_blocks_that_are_packed_here()
    {
        foreach (string text in (string[])["one", new string('a', 30_000), string.Concat(Enumerable.Range(0, 5000).Select(i => i * i))])
        {
            var blocks = new MemoryStream();
            await CompressedBlocks.WriteAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), blocks, CancellationToken.None);
            byte[] packed = blocks.ToArray()[(CompressedBlocks.ChecksumBytes + CompressedBlocks.HeaderBytes)..], size = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(size, packed.Length);
            string file = Path.Combine(clickHouse.DataPath, "block.lz4");
            await File.WriteAllBytesAsync(file, [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, .. size, .. packed, 0, 0, 0, 0]);
            Assert.Equal(text + "\n", await clickHouse.PostAsync($"SELECT * FROM file('{file}', 'RawBLOB', 'text String', 'lz4') FORMAT LineAsString"));
        }
    }

    [ClickHouseTheory]
    [InlineData("zstd")]
    [InlineData("lz4")]
    public async Task A_body_that_is_small_and_unpacks_to_more_than_a_body_may_be_is_refused(string encoding)
    {
        string database = await clickHouse.NewDatabaseAsync();
        await clickHouse.PostAsync("CREATE TABLE t (s String) ENGINE = Null", "database=" + database);
        var packed = new MemoryStream();
        byte[] row = new byte[1 << 20];
        row.AsSpan().Fill((byte)'a');
        row[^1] = (byte)'\n';
        await using (Stream frame = Frames.Write(packed, encoding))
        {
            for (int i = 0; i < 257; i++)
                await frame.WriteAsync(row);
        }
        using var body = new ByteArrayContent(packed.ToArray());
        body.Headers.ContentEncoding.Add(encoding);
        using HttpResponseMessage response = await clickHouse.Http.PostAsync(Url($"database={database}&query=INSERT%20INTO%20t%20FORMAT%20CSV"), body);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("The body is larger than 268435456 bytes", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [ClickHouseTheory]
    [InlineData("zstd", "28b52ffd")]
    [InlineData("zstd", "00")]
    [InlineData("lz4", "04224d186040")]
    [InlineData("lz4", "00000000")]
    [InlineData("xz", "00")]
    public async Task A_body_that_is_not_in_its_encoding_is_refused_with_what_is_wrong(string encoding, string hex)
    {
        using var body = new ByteArrayContent(Convert.FromHexString(hex));
        body.Headers.ContentEncoding.Add(encoding);
        using HttpResponseMessage response = await clickHouse.Http.PostAsync(Url(""), body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.StartsWith($"Code: 6. DB::Exception: The body is not compressed as the request says ({encoding}): ", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<byte[]> SelectAsync(string sql, string accept, string? expected, string url = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Url(url)) { Content = new StringContent(sql) };
        request.Headers.TryAddWithoutValidation("Accept-Encoding", accept);
        using HttpResponseMessage response = await clickHouse.Http.SendAsync(request);
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        Assert.True(response.IsSuccessStatusCode, Encoding.UTF8.GetString(body));
        Assert.Equal(expected, response.Content.Headers.ContentEncoding.SingleOrDefault());
        return body;
    }

    private Uri Url(string query) => new(clickHouse.Url, "/?" + query);
}
