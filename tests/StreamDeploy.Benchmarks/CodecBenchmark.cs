using System.Buffers;
using BenchmarkDotNet.Attributes;
using StreamDeploy.Schemas;

namespace StreamDeploy.Benchmarks;

/// <summary>A deployment of about 300 bytes to Avro and back.</summary>
[MemoryDiagnoser]
[ShortRunJob]
public class CodecBenchmark
{
    private static readonly AvroCodec<Deployment> Codec = AvroCodec<Deployment>.Instance;
    private static readonly AvroReader<Deployment> Reader = Codec.ReaderFor(Codec.Schema);

    private static readonly Deployment Deployment = new()
    {
        AccountId = "account-4711",
        EventId = "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        DeploymentId = "145988746",
        PipelineId = 17,
        Source = "github",
        Kind = DeploymentKind.DEPLOYMENT,
        Status = DeploymentStatus.SUCCEEDED,
        Summary = "Deploy v2.31.0 of checkout to production: retry the payment provider once before giving up",
        OccurredAtMs = 1_767_268_800_000,
        StartedAtMs = 1_767_268_700_000,
        Environment = "production",
        Service = "checkout",
        Version = "v2.31.0",
        Commit = "f95f852bd8fca8fcc58a9a2d6c842781e32a215e",
        Repository = "acme/checkout",
        Branch = "main",
    };

    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly byte[] _bytes = Codec.Encode(Deployment);

    [Benchmark]
    public int Write()
    {
        _buffer.ResetWrittenCount();
        Codec.Write(_buffer, Deployment);
        return _buffer.WrittenCount;
    }

    [Benchmark]
    public Deployment Read() => Reader.Read(_bytes);
}
