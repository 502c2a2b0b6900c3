using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.Monitoring;

namespace StreamDeploy.Tests.Monitoring;

/// <summary>The text of /metrics, which dashboards and alert rules of others are written against.</summary>
public sealed class MetricsPageTests : IAsyncLifetime, IDisposable
{
    /// <summary>What version 0.1 wrote for these instruments, before the exporter was a package.</summary>
    private const string FirstPage =
        """
        # HELP test_page_records_total Records, with \\ and "quotes" and\na line
        # TYPE test_page_records_total counter
        test_page_records_total 5
        test_page_records_total{kind="ü",topic="a\"b\\c\nd"} 3
        test_page_records_total{kind="x",topic=""} 4
        # HELP test_page_time_seconds_total Seconds
        # TYPE test_page_time_seconds_total counter
        test_page_time_seconds_total 1.5
        # TYPE test_page_named_total counter
        test_page_named_total 1234567890123
        # HELP test_page_duration_seconds Durations
        # TYPE test_page_duration_seconds histogram
        test_page_duration_seconds_bucket{table="t",le="0.001"} 0
        test_page_duration_seconds_bucket{table="t",le="0.0025"} 0
        test_page_duration_seconds_bucket{table="t",le="0.005"} 1
        test_page_duration_seconds_bucket{table="t",le="0.01"} 1
        test_page_duration_seconds_bucket{table="t",le="0.025"} 1
        test_page_duration_seconds_bucket{table="t",le="0.05"} 1
        test_page_duration_seconds_bucket{table="t",le="0.1"} 1
        test_page_duration_seconds_bucket{table="t",le="0.25"} 1
        test_page_duration_seconds_bucket{table="t",le="0.5"} 1
        test_page_duration_seconds_bucket{table="t",le="1"} 1
        test_page_duration_seconds_bucket{table="t",le="2.5"} 1
        test_page_duration_seconds_bucket{table="t",le="5"} 1
        test_page_duration_seconds_bucket{table="t",le="10"} 1
        test_page_duration_seconds_bucket{table="t",le="30"} 1
        test_page_duration_seconds_bucket{table="t",le="60"} 1
        test_page_duration_seconds_bucket{table="t",le="300"} 1
        test_page_duration_seconds_bucket{table="t",le="+Inf"} 2
        test_page_duration_seconds_sum{table="t"} 1000.003
        test_page_duration_seconds_count{table="t"} 2
        # HELP test_page_paused Paused
        # TYPE test_page_paused gauge
        test_page_paused{topic="t"} 0
        # HELP test_page_bytes Bytes
        # TYPE test_page_bytes gauge
        test_page_bytes{partition="7"} 1E+17
        # HELP test_page_gauge G
        # TYPE test_page_gauge gauge
        test_page_gauge 0.1
        test_page_gauge{k="nan"} NaN
        test_page_gauge{k_dot="t"} 1764540000.123
        """;

    private readonly Meter _meter = new(WorkerMetrics.MeterName);
    private readonly HttpClient _http = new();
    private MonitoringServer? _server;

    public async Task InitializeAsync()
    {
        _server = await StartAsync();
        _http.BaseAddress = new(_server.Url!);
    }

    [Fact]
    public async Task Names_labels_and_values_are_those_of_the_first_version()
    {
        Measure();
        Assert.Equal(Lines(FirstPage), Lines(await _http.GetStringAsync("/metrics")));
    }

    [Theory]
    [InlineData(null, "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("*/*", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("application/json", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "text/plain; version=0.0.4; charset=utf-8")]
    // What Prometheus 2 and 3 ask for.
    [InlineData("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores")]
    [InlineData("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
        "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores")]
    public async Task The_format_is_the_one_that_the_reader_prefers(string? accept, string contentType)
    {
        Measure();
        using var response = await SendAsync(HttpMethod.Get, accept);
        Assert.Equal(contentType, response.Content.Headers.ContentType!.ToString());
        var page = await response.Content.ReadAsStringAsync();
        Assert.Contains("test_page_records_total{kind=\"x\",topic=\"\"} 4\n", page, StringComparison.Ordinal);
        Assert.Contains("test_page_duration_seconds_count{table=\"t\"} 2\n", page, StringComparison.Ordinal);
        Assert.Equal(contentType.StartsWith("application/", StringComparison.Ordinal), page.EndsWith("# EOF\n", StringComparison.Ordinal));
        Assert.DoesNotContain("otel_scope", page, StringComparison.Ordinal);
        Assert.DoesNotContain("target_info", page, StringComparison.Ordinal);
        // An exemplar stands after a sample, behind such a mark.
        Assert.DoesNotContain(" # {", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_can_only_be_read()
    {
        using var head = await SendAsync(HttpMethod.Head, null);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        foreach (var method in new[] { HttpMethod.Post, HttpMethod.Put, HttpMethod.Delete })
        {
            using var response = await SendAsync(method, null);
            Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        }
    }

    [Fact]
    public async Task Servers_of_one_process_show_the_same_and_one_that_ends_takes_nothing_from_the_others()
    {
        var other = await StartAsync();
        var counter = _meter.CreateCounter<long>("test.page.later", "{x}");
        counter.Add(2);
        Assert.Contains("test_page_later_total{} 2", await _http.GetStringAsync("/metrics"), StringComparison.Ordinal);
        Assert.Contains("test_page_later_total{} 2", await _http.GetStringAsync(new Uri(other.Url + "/metrics")), StringComparison.Ordinal);
        await other.DisposeAsync();
        counter.Add(1);
        Assert.Contains("test_page_later_total{} 3", await _http.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_readers_at_once_each_get_a_whole_page()
    {
        Measure();
        var pages = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => _http.GetStringAsync("/metrics")));
        Assert.All(pages, page => Assert.Equal(Lines(FirstPage), Lines(page)));
    }

    public async Task DisposeAsync() => await _server!.DisposeAsync();

    public void Dispose()
    {
        _http.Dispose();
        _meter.Dispose();
    }

    private static Task<MonitoringServer> StartAsync() =>
        MonitoringServer.StartAsync(new() { Listen = new(IPAddress.Loopback, 0) }, () => true, () => true, () => "", NullLoggerFactory.Instance, CancellationToken.None);

    private void Measure()
    {
        var records = _meter.CreateCounter<long>("test.page.records", "{record}", "Records, with \\ and \"quotes\" and\na line");
        records.Add(3, new("topic", "a\"b\\c\nd"), new("kind", "ü"));
        records.Add(4, new("topic", ""), new("kind", "x"));
        records.Add(5);
        _meter.CreateCounter<double>("test.page.time", "s", "Seconds").Add(1.5);
        _meter.CreateCounter<long>("test.page.named_total", "{x}").Add(1234567890123);
        var durations = _meter.CreateHistogram<double>("test.page.duration", "s", "Durations");
        durations.Record(0.003, new KeyValuePair<string, object?>("table", "t"));
        durations.Record(1000, new KeyValuePair<string, object?>("table", "t"));
        var paused = _meter.CreateUpDownCounter<long>("test.page.paused", "{topic}", "Paused");
        paused.Add(1, new KeyValuePair<string, object?>("topic", "t"));
        paused.Add(-1, new KeyValuePair<string, object?>("topic", "t"));
        _meter.CreateObservableGauge("test.page.bytes", () => new Measurement<double>(1e17, new KeyValuePair<string, object?>("partition", 7)), "By", "Bytes");
        _meter.CreateObservableGauge("test.page.gauge", () => new[]
        {
            new Measurement<double>(0.1),
            new(double.NaN, new KeyValuePair<string, object?>("k", "nan")),
            new(1764540000.123, new KeyValuePair<string, object?>("k.dot", "t")),
        }, null, "G");
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string? accept)
    {
        using var request = new HttpRequestMessage(method, "/metrics");
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        return await _http.SendAsync(request);
    }

    /// <summary>In an order of their own, and a series without labels as Prometheus reads it: <c>name{}</c> is <c>name</c>.</summary>
    private static List<string> Lines(string page) =>
        [.. page.Split('\n').Where(line => line.Contains("test_page_", StringComparison.Ordinal)).Select(line => line.Replace("{} ", " ", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}
