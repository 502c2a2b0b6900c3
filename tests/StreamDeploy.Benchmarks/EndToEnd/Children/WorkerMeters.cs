using System.Diagnostics.Metrics;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Benchmarks.EndToEnd.Children;

/// <summary>Reads what the benchmark needs off the worker's meters, as a deployed worker's exporter does.</summary>
internal sealed class WorkerMeters : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Measurement _measured;

    // Added to by the worker's threads.
    private readonly Lock _gate = new();
    private Restored _restored = new(0, 0);
    private int _pairsRestored;

    public WorkerMeters(Measurement measured)
    {
        _measured = measured;
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == WorkerMetrics.MeterName) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, count, _, _) => Count(instrument.Name, count));
        _listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Time(instrument.Name, value));
        _listener.Start();
    }

    public int PairsRestored => Volatile.Read(ref _pairsRestored);

    public Restored Restored
    {
        get
        {
            lock (_gate) return _restored;
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Count(string instrument, long count)
    {
        if (instrument == "streamdeploy.records.read") _measured.Add(count);
        if (instrument != "streamdeploy.restore.records") return;
        lock (_gate) _restored = _restored with { Records = _restored.Records + count };
    }

    /// <summary>The pairs are assigned together and restored side by side: the longest is the time of all.</summary>
    private void Time(string instrument, double seconds)
    {
        if (instrument != "streamdeploy.restore.duration") return;
        lock (_gate) _restored = _restored with { Seconds = Math.Max(_restored.Seconds, seconds) };
        Interlocked.Increment(ref _pairsRestored);
    }
}
