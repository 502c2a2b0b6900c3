using Microsoft.Extensions.Logging;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Decodes the records of one partition without ever blocking: while the registry is asked for a schema, or is down, the caller goes on polling.</summary>
/// <remarks>One thread. The caller asks with the same value again until it gets a record or a <see cref="PoisonException"/>.</remarks>
internal sealed class PatientDecoder<T>(RecordDecoder<T> decoder, string partition, ILogger log)
{
    private const long RetryMs = 1000;

    private Task<T>? _pending;
    private byte[]? _pendingValue;
    private long _retryAtMs;

    /// <summary>Whether the registry could not be reached for what is wanted now.</summary>
    public bool RegistryIsDown { get; private set; }

    /// <returns>False when the schema is not there yet.</returns>
    /// <exception cref="PoisonException">The value can never be read.</exception>
    public bool TryDecode(byte[] value, out T? record)
    {
        if (_pending is null || !ReferenceEquals(_pendingValue, value))
        {
            _pending = null;
            if (decoder.TryDecode(value, out record))
            {
                RegistryIsDown = false;
                return true;
            }
            if (RegistryIsDown && Environment.TickCount64 < _retryAtMs)
                return false;
            _pendingValue = value;
            _pending = Task.Run(() => decoder.DecodeAsync(value, CancellationToken.None).AsTask());
        }
        record = default;
        return _pending.IsCompleted && Finish(out record);
    }

    private bool Finish(out T? record)
    {
        var pending = _pending!;
        _pending = null;
        try
        {
            record = pending.GetAwaiter().GetResult();
            RegistryIsDown = false;
            return true;
        }
        catch (SchemaRegistryUnavailableException e)
        {
            WorkerMetrics.RegistryWaits.Add(1);
            if (!RegistryIsDown)
                log.WaitingForRegistry(partition, e.Message);
            RegistryIsDown = true;
            _retryAtMs = Environment.TickCount64 + RetryMs;
            record = default;
            return false;
        }
    }
}
