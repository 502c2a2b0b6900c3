using ClickHouse.Driver;
using ClickHouse.Driver.ADO;
using ClickHouse.Driver.ADO.Parameters;
using ClickHouse.Driver.ADO.Readers;
using ClickHouse.Driver.Compression;
using ClickHouse.Driver.Utility;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>The embedded ClickHouse against the official .NET client as its users have it: with its defaults, and without the guard that the sink puts before it.</summary>
[Collection(EmbeddedClickHouseTests.Name)]
public sealed class ForeignDriverTests(EmbeddedClickHouseFixture clickHouse) : IClassFixture<EmbeddedClickHouseFixture>
{
    private const string Tricky = "it's \t a \\ \n \"ü\" 🚀 {name:String}";

    [ClickHouseFact]
    public async Task What_it_inserts_with_each_of_its_compressors_it_reads_back()
    {
        using ClickHouseClient client = await OpenAsync();
        await client.ExecuteNonQueryAsync("""
            CREATE TABLE items (id UInt64, name LowCardinality(String), at DateTime64(3, 'UTC'), tags Array(String), labels Map(String, String), maybe Nullable(Int64), price Decimal(18, 4), owner UUID)
            ENGINE = MergeTree ORDER BY id
            """);
        client.RegisterPocoType<Item>();
        IClickHouseCompressor?[] compressors = [ZstdCompressor.Default, Lz4Compressor.Default, GZipCompressor.Default, null];
        Item[] written = [.. Enumerable.Range(0, compressors.Length * 1000).Select(i => Item.Of((ulong)i))];
        foreach ((int i, IClickHouseCompressor? compressor) in compressors.Index())
            Assert.Equal(1000, await client.InsertBinaryAsync("items", written.Skip(i * 1000).Take(1000), new InsertOptions { Compressor = compressor }));

        foreach (string encoding in (string[])["", "zstd", "lz4", "gzip", "deflate", "br"])
        {
            Item[] read = await AllAsync(client.QueryAsync<Item>("SELECT * FROM items ORDER BY id", options: new QueryOptions { AcceptEncoding = encoding }));
            Assert.Equal(written.Select(item => item.ToString()), read.Select(item => item.ToString()));
        }
    }

    [ClickHouseTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Parameters_come_in_the_address_and_as_a_form(bool asForm)
    {
        using ClickHouseClient client = await OpenAsync(asForm);
        var parameters = new ClickHouseParameterCollection();
        parameters.AddParameter("name", Tricky);
        parameters.AddParameter("ids", (long[])[1, -2, long.MaxValue]);
        parameters.AddParameter("at", new DateTime(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc));
        parameters.AddParameter("none", null);

        using ClickHouseDataReader reader = await client.ExecuteReaderAsync(
            "SELECT {name:String} AS name, {ids:Array(Int64)} AS ids, toUnixTimestamp({at:DateTime('UTC')}) AS at, {none:Nullable(String)} AS none", parameters);

        Assert.True(reader.Read());
        Assert.Equal(Tricky, reader.GetString(0));
        Assert.Equal([1L, -2, long.MaxValue], (long[])reader.GetValue(1));
        Assert.Equal(1_767_268_800L, Convert.ToInt64(reader.GetValue(2), null));
        Assert.True(reader.IsDBNull(3));
        Assert.False(reader.Read());
    }

    [ClickHouseFact]
    public async Task It_is_told_the_codes_of_errors()
    {
        using ClickHouseClient client = await OpenAsync();
        client.RegisterPocoType<Item>();

        async Task<int> CodeOfAsync(Func<Task> work) => (await Assert.ThrowsAsync<ClickHouseServerException>(work)).ErrorCode;

        Assert.Equal(60, await CodeOfAsync(() => client.ExecuteNonQueryAsync("INSERT INTO nowhere SELECT 1")));
        Assert.Equal(62, await CodeOfAsync(() => client.ExecuteScalarAsync("SELEC 1")));
        Assert.Equal(60, await CodeOfAsync(() => client.InsertBinaryAsync("nowhere", [Item.Of(1)])));
        // After rows that could have been sent.
        Assert.Equal(395, await CodeOfAsync(() => AllAsync(client.QueryAsync<Item>("SELECT throwIf(number = 300000)::UInt64 AS id FROM numbers(400000) SETTINGS max_block_size = 1000"))));
        await client.ExecuteNonQueryAsync("CREATE TABLE few (id UInt64, CONSTRAINT small CHECK id < 10) ENGINE = MergeTree ORDER BY id");
        Assert.Equal(469, await CodeOfAsync(() => client.InsertBinaryAsync("few", ["id"], [[1UL], [11UL]])));
        Assert.Equal(0UL, await client.ExecuteScalarAsync("SELECT count() FROM few"));
    }

    [ClickHouseFact]
    public async Task It_pings_streams_text_and_keeps_a_session()
    {
        using ClickHouseClient client = await OpenAsync();
        Assert.True(await client.PingAsync());
        var session = new QueryOptions { UseSession = true, SessionId = Guid.NewGuid().ToString() };
        await client.ExecuteNonQueryAsync("CREATE TEMPORARY TABLE mine (text String)", options: session);
        using var rows = new MemoryStream("{\"text\":\"one\"}\n{\"text\":\"two\"}\n"u8.ToArray());
        (await client.InsertRawStreamAsync("mine", rows, "JSONEachRow", options: session)).Dispose();
        Assert.Equal(2UL, await client.ExecuteScalarAsync("SELECT count() FROM mine", options: session));
        using ClickHouseRawResult text = await client.ExecuteRawResultAsync("SELECT text FROM mine ORDER BY text FORMAT CSV", session);
        Assert.Equal("\"one\"\n\"two\"\n", await text.ReadAsStringAsync());
    }

    private async Task<ClickHouseClient> OpenAsync(bool parametersAsForm = false) => new(new ClickHouseClientSettings
    {
        Host = clickHouse.Url.Host,
        Port = (ushort)clickHouse.Url.Port,
        Database = await clickHouse.NewDatabaseAsync(),
        UseFormDataParameters = parametersAsForm,
    });

    private static async Task<T[]> AllAsync<T>(IAsyncEnumerable<T> rows)
    {
        var all = new List<T>();
        await foreach (T row in rows)
            all.Add(row);
        return [.. all];
    }

    private sealed class Item
    {
        [ClickHouseColumn(Name = "id")] public ulong Id { get; set; }
        [ClickHouseColumn(Name = "name")] public string Name { get; set; } = "";
        [ClickHouseColumn(Name = "at")] public DateTime At { get; set; }
        [ClickHouseColumn(Name = "tags")] public string[] Tags { get; set; } = [];
        [ClickHouseColumn(Name = "labels")] public Dictionary<string, string> Labels { get; set; } = [];
        [ClickHouseColumn(Name = "maybe")] public long? Maybe { get; set; }
        [ClickHouseColumn(Name = "price")] public decimal Price { get; set; }
        [ClickHouseColumn(Name = "owner")] public Guid Owner { get; set; }

        public static Item Of(ulong id) => new()
        {
            Id = id,
            Name = id % 2 == 0 ? Tricky : "",
            At = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMilliseconds(id),
            Tags = [.. Enumerable.Range(0, (int)(id % 3)).Select(i => Tricky + i)],
            Labels = id % 5 == 0 ? new() { [Tricky] = Tricky, ["b"] = "" } : [],
            Maybe = id % 2 == 0 ? null : -(long)id,
            Price = id / 16m,
            Owner = new Guid((int)id, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
        };

        public override string ToString() =>
            FormattableString.Invariant($"{Id}|{Name}|{At:O}|{string.Join(';', Tags)}|{string.Join(';', Labels.OrderBy(label => label.Key, StringComparer.Ordinal))}|{Maybe}|{Price:0.0000}|{Owner}");
    }
}
