using System.Runtime.InteropServices;
using StreamDeploy.Benchmarks.EndToEnd.Children;
using StreamDeploy.Connectors.Embedded;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>The whole of it: fills the topics, then runs the parts that are asked for.</summary>
/// <remarks>Shapes and floors take turns within each run, so that whatever else the machine does meets all of them alike.</remarks>
internal sealed class EndToEndBenchmark(BenchSettings settings, Action<string> progress)
{
    public async Task<BenchReport> RunAsync(CancellationToken cancellationToken)
    {
        var queries = settings.Measures(Part.Queries) ? await new HistoryQueries(settings, progress).RunAsync(cancellationToken) : null;
        if (settings.Parts.Count == 1 && queries is not null) return new() { Queries = queries, Conditions = ConditionsOf() };
        using var broker = LocalBroker.Open(settings.BootstrapServers, progress);
        await using var registry = await SchemaRegistryServer.StartAsync(0, cancellationToken);
        using var cluster = new Cluster(broker.BootstrapServers, registry.Url);
        var restores = settings.Measures(Part.Restore) ? new List<Restored>() : null;
        var shapes = settings.Measures(Part.Throughput) || settings.Measures(Part.Restore) ? await ShapesAsync(cluster, restores, cancellationToken) : null;
        return new()
        {
            Shapes = settings.Measures(Part.Throughput) ? shapes?.ToDictionary(s => s.Key.Name, s => ShapeReport.Of(s.Value)) : null,
            Restores = restores,
            LatencyMs = settings.Measures(Part.Latency) ? await LatencyAsync(cluster, cancellationToken) : null,
            Scale = settings.Measures(Part.Scale) ? await new Scale(new(broker.BootstrapServers, registry.Url, Scale.Partitions), settings, progress).RunAsync(cancellationToken) : null,
            Recovery = settings.Measures(Part.Recovery) ? await new Recovery(registry.Url, settings, progress).RunAsync(cancellationToken) : null,
            Ingest = settings.Measures(Part.Ingest) ? await new IngestLoad(cluster, settings, progress).RunAsync(cancellationToken) : null,
            Sink = settings.Measures(Part.Sink) ? await new SinkLoad(cluster, settings, progress).RunAsync(cancellationToken) : null,
            View = settings.Measures(Part.View) ? await new ViewLoad(cluster, settings, progress).RunAsync(cancellationToken) : null,
            Queries = queries,
            Conditions = ConditionsOf(),
        };
    }

    private Conditions ConditionsOf() => new(settings.Records, settings.Runs, settings.Threads, settings.Protocol, Environment.ProcessorCount, RuntimeInformation.FrameworkDescription);

    private async Task<Dictionary<Shape, ShapeRuns>> ShapesAsync(Cluster cluster, List<Restored>? restores, CancellationToken cancellationToken)
    {
        var sources = new Dictionary<Shape, SourceTopics>();
        var measured = new Dictionary<Shape, ShapeRuns>();
        foreach (var shape in settings.Shapes)
        {
            progress($"{shape.Name}: {settings.Records} records of {shape.Accounts} accounts are written");
            sources[shape] = await SourceTopics.FillAsync(cluster, shape, settings.Records, cancellationToken);
            measured[shape] = new() { BytesPerRecord = sources[shape].BytesPerRecord };
        }
        for (var run = 1; run <= settings.Runs; run++)
        {
            foreach (var shape in settings.Shapes)
                await RunAsync(cluster, shape, sources[shape], run, measured[shape], shape == Shape.S2 ? restores : null, cancellationToken);
        }
        return measured;
    }

    private async Task RunAsync(
        Cluster cluster, Shape shape, SourceTopics source, int run, ShapeRuns into, List<Restored>? restores, CancellationToken cancellationToken)
    {
        var throughput = new Throughput(cluster, settings, source);
        void Tell(string what, Cost cost) =>
            progress($"run {run} of {settings.Runs}, {shape.Name}, {what}: {cost.RecordsPerSecond:N0} records/s, {cost.CpuSecondsPerMillion:N2} CPU s a million, {cost.PeakRssMb:N0} MB, {cost.AllocatedBytesPerRecord:N0} B a record, GC {cost.GcPauseSecondsPerMillion:N2} s a million");

        if (settings.Measures(Part.Throughput))
        {
            into.Consume.Add(throughput.Consume(cancellationToken));
            Tell("consume", into.Consume[^1]);
            into.Passthrough.Add(await throughput.PassthroughAsync(cancellationToken));
            Tell("passthrough", into.Passthrough[^1]);
        }
        var (cost, answers) = await throughput.WorkerAsync($"{shape.Name}-{run}", restores, cancellationToken);
        into.Worker.Add(cost);
        into.Answers.Add(answers);
        Tell($"worker, {answers.All} answers, {answers.Settled} settled, all as they must be", cost);
        if (restores is not null) progress($"run {run} of {settings.Runs}, {shape.Name}, restore: {restores[^1].Records} records in {restores[^1].Seconds:N2} s");
    }

    private async Task<LatencyReport> LatencyAsync(Cluster cluster, CancellationToken cancellationToken)
    {
        progress($"latency: {settings.LatencySeconds} s of steady load");
        return await new Latency(cluster, settings).RunAsync(cancellationToken);
    }
}
