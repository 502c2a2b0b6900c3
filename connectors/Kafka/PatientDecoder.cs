using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Decodes the records of one partition without ever blocking: while the registry is asked for a schema, or is down, the caller goes on polling.</summary>
/// <remarks>One thread. The caller asks for the same value again until it gets a record or a <see cref="PoisonException"/>.</remarks>
internal sealed class PatientDecoder<T>(RecordDecoder<T> decoder, string partition, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private Task<T>? _pending;
    private long _pendingTicket;
    private long _failedAt;

    /// <summary>Whether the registry could not be reached for what is wanted now.</summary>
    public bool RegistryIsDown { get; private set; }

    /// <param name="value">The record's value.</param>
    /// <param name="headers">The record's headers.</param>
    /// <param name="ticket">The same for the same value, another for another.</param>
    /// <param name="record">What it says.</param>
    /// <returns>False when the schema is not there yet.</returns>
    /// <exception cref="PoisonException">The value can never be read.</exception>
    public bool TryDecode(ReadOnlySpan<byte> value, Headers? headers, long ticket, out T? record)
    {
        if (_pending is null || _pendingTicket != ticket)
        {
            _pending = null;
            if (decoder.TryDecode(value, headers, out record))
            {
                RegistryIsDown = false;
                return true;
            }
            if (RegistryIsDown && clock.GetElapsedTime(_failedAt) < Retry)
                return false;
            var copy = value.ToArray();
            _pendingTicket = ticket;
            _pending = Task.Run(() => decoder.DecodeAsync(copy, headers, CancellationToken.None).AsTask());
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
            _failedAt = clock.GetTimestamp();
            record = default;
            return false;
        }
    }
}
