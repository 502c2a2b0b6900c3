using System.Buffers.Binary;
using System.Security.Cryptography;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>What one partition's answers must be: the same records through the join alone, without Kafka.</summary>
/// <remarks>How often an answer changes before it settles depends on where the worker's batches end. That it is given at all and what it says when it settles does not.</remarks>
internal sealed class Expectation
{
    private const int BatchRecords = 1_000;

    private readonly CorrelationTask _task = new(Workload.Join, new Tables());
    private readonly List<Enrichment> _output = [];
    private readonly Dictionary<string, ulong> _settled = new(StringComparer.Ordinal);
    private readonly HashSet<string> _alerts = new(StringComparer.Ordinal);
    private int _sinceBatch;

    /// <summary>Every alert: each has a first answer.</summary>
    public IReadOnlySet<string> Alerts => _alerts;

    /// <summary>What each alert's answer says when it settles, as a digest.</summary>
    public IReadOnlyDictionary<string, ulong> Settled => _settled;

    public void Apply(Deployment deployment)
    {
        Demand(_task.OnDeployment(deployment, deployment.OccurredAtMs, _output), deployment.EventId);
        Collect();
    }

    public void Apply(Alert alert)
    {
        Demand(_task.OnAlert(alert, alert.UpdatedAtMs, _output), alert.EventId);
        _alerts.Add(alert.AlertId);
        Collect();
    }

    /// <summary>Over the bytes of our own codec, so that it says the same of an answer that came over Kafka.</summary>
    public static ulong Digest(Enrichment answer) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(AvroCodec<Enrichment>.Instance.Encode(answer)));

    private void Collect()
    {
        if (++_sinceBatch == BatchRecords)
        {
            _task.EndBatch(_output);
            _sinceBatch = 0;
        }
        foreach (var answer in _output)
        {
            if (answer.Settled) _settled.Add(answer.AlertId, Digest(answer));
        }
        _output.Clear();
    }

    private static void Demand(Verdict verdict, string eventId)
    {
        if (verdict is not Verdict.Applied) throw new BenchException($"record {eventId} of the workload is {verdict}: it must be joined");
    }
}
