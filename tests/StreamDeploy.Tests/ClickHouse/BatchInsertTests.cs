using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>Batches with a row that the driver cannot write. No record that fits into Kafka makes one today, so the rows are made by hand.</summary>
[Collection(EmbeddedClickHouseTests.Name)]
public sealed class BatchInsertTests(EmbeddedClickHouseFixture clickHouse) : IClassFixture<EmbeddedClickHouseFixture>
{
    private const int Bad = 37;

    [Fact]
    public async Task A_row_with_a_value_that_does_not_fit_is_found_without_halving_and_the_others_go_in()
    {
        await using FaultyClickHouse server = await FaultyClickHouse.StartAsync(_ => null);
        var settings = new ClickHouseSettings { Url = server.Url };
        using var refused = new RefusedRecords("one-bad");

        await RunAsync(settings, Batch("one-bad", count: 60));

        string[] alerts = [.. server.RowsOf("enrichment_revisions").Select(row => JsonElement.Parse(row).GetProperty("alert_id").GetString()!).Distinct()];
        Assert.Equal(59, alerts.Length);
        Assert.DoesNotContain("a37", alerts);
        Assert.Equal(1, refused.Now);
        // What lies before it and what lies behind it, in each of the two tables.
        Assert.Equal(["one-bad/0:0-36x37", "one-bad/0:38-59x22"], server.Taken.Select(insert => insert.Token).Distinct());
        Assert.Equal(4, server.Taken.Count);
    }

    [Theory]
    [InlineData(false, "")]
    [InlineData(true, "lz4")]
    public async Task Rows_for_another_machine_are_compressed_and_its_refusals_are_read(bool compresses, string encoding)
    {
        const string text = "Code: 241. DB::Exception: (total) memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)";
        var faults = new Queue<Fault?>([new(500, 469, "Code: 469. DB::Exception: no (VIOLATED_CONSTRAINT)"), null, null, new(500, 241, text)]);
        await using FaultyClickHouse server = await FaultyClickHouse.StartAsync(_ => faults.Dequeue());
        using var http = new ClickHouseHttp(new ClickHouseSettings { Url = server.Url }, compresses);
        DeploymentRow[] rows = [new(Full.Deployment, new KafkaPlace(0, 1, Some.Noon)), new(Full.Deployment, new KafkaPlace(0, 2, Some.Noon))];

        ClickHouseException poison = await Assert.ThrowsAsync<ClickHouseException>(() => http.InsertAsync("deployment_events", rows, 2, "t", CancellationToken.None));
        await http.InsertAsync("deployment_events", rows[..1], 1, "t1", CancellationToken.None);
        await http.InsertAsync("deployment_events", rows[1..], 1, "t2", CancellationToken.None);
        ClickHouseException memory = await Assert.ThrowsAsync<ClickHouseException>(() => http.InsertAsync("deployment_events", rows, 2, "t3", CancellationToken.None));

        Assert.Equal([ErrorKind.Poison, ErrorKind.Transient], [ErrorKinds.Of(poison), ErrorKinds.Of(memory)]);
        Assert.Contains(text, memory.Message, StringComparison.Ordinal);
        Assert.Equal(2, server.RowsOf("deployment_events").Count());
        Assert.Equal([encoding], server.Requests.Select(request => request.Encoding).Distinct());
    }

    [ClickHouseFact]
    public async Task Of_an_insert_whose_body_breaks_off_in_its_middle_nothing_is_in_the_table()
    {
        ClickHouseSettings settings = await clickHouse.NewHistoryAsync();
        using var http = new ClickHouseHttp(settings);
        // So many rows before the bad one that the server has had megabytes of them when the request ends.
        DeploymentRow[] rows = [.. Enumerable.Range(0, 20_000).Select(i => new DeploymentRow(Full.Deployment with { DeploymentId = "d" + i, Summary = i == 19_000 ? null! : new string('s', 500) }, new KafkaPlace(0, i, Some.Noon)))];

        await Assert.ThrowsAsync<global::ClickHouse.Driver.Copy.ClickHouseBulkCopySerializationException>(() => http.InsertAsync("deployment_events", rows, rows.Length, "broken", CancellationToken.None));

        // The server is rid of the request when no insert is running; then what it had of it would be there.
        using var limit = new CancellationTokenSource(SinkWorld.Limit);
        while (await http.QueryAsync("SELECT count() FROM system.processes WHERE query_kind = 'Insert'", limit.Token) != "0\n")
            await Task.Delay(20, limit.Token);
        Assert.Equal("0\n", await http.QueryAsync("SELECT count() FROM deployment_events", limit.Token));
        Assert.Equal("0\n", await http.QueryAsync("SELECT count() FROM deployments", limit.Token));
        // And its token is not used up.
        await http.InsertAsync("deployment_events", rows[..10], 10, "broken", limit.Token);
        Assert.Equal("10\n", await http.QueryAsync("SELECT count() FROM deployment_events", limit.Token));
    }

    private static async Task RunAsync(ClickHouseSettings clickHouse, RowBatch batch)
    {
        using var http = new ClickHouseHttp(clickHouse);
        var settings = new SinkSettings { ClickHouse = clickHouse, Kafka = new() { BootstrapServers = "unused", GroupId = "unused", Registry = new() { Url = "http://unused" } } };
        await new BatchInsert(settings, http, deadLetters: null, NullLogger.Instance).RunAsync(batch, CancellationToken.None);
    }

    private static RowBatch Batch(string topic, int count)
    {
        var batch = new RowBatch(topic, [HistoryTable.Suspects, HistoryTable.Revisions], new BatchLimits(count, int.MaxValue, TimeSpan.MaxValue));
        for (int i = 0; i < count; i++)
        {
            var place = new KafkaPlace(0, i, Some.Noon);
            Enrichment enrichment = Full.Enrichment with { AlertId = "a" + i };
            int rank = i == Bad ? ushort.MaxValue + 1 : 1;
            batch.Add(new ConsumedRecord(new() { TopicPartitionOffset = new(topic, 0, i), Message = new() { Value = [] } }, assignment: 1),
                [[new SuspectRow(enrichment, Full.Suspect, elsewhere: false, rank, place)], [new EnrichmentRow(enrichment, place)]], nowMs: 0);
        }
        return batch;
    }

    /// <summary>The metric of records that can be no row.</summary>
    private sealed class RefusedRecords : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _now;

        public RefusedRecords(string topic)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "streamdeploy.sink.rejected")
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
            {
                // Sinks of other tests count in the same process.
                if (tags.ToArray() is var all && all.Contains(KeyValuePair.Create("topic", (object?)topic)) && all.Contains(KeyValuePair.Create("reason", (object?)"REFUSED_BY_CLICKHOUSE")))
                    Interlocked.Add(ref _now, count);
            });
            _listener.Start();
        }

        public long Now => Interlocked.Read(ref _now);

        public void Dispose() => _listener.Dispose();
    }
}
