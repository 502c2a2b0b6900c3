using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Decodes on a reader's own thread, and waits there for as long as the registry is away: what comes after the record has to wait for it anyway.</summary>
internal sealed class UntilRegistry(ILogger log, CancellationToken stop)
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    /// <param name="raw">The record.</param>
    /// <param name="decode">What it says.</param>
    /// <param name="rejected">Told where it can never be read.</param>
    /// <returns>Null where it can never be read.</returns>
    /// <exception cref="OperationCanceledException">The reader stops.</exception>
    public T? Decode<T>(ConsumeResult<byte[]?, byte[]?> raw, Func<Task<T>> decode, Action<PoisonException> rejected)
        where T : class
    {
        var told = false;
        while (true)
        {
            try
            {
                return decode().GetAwaiter().GetResult();
            }
            catch (PoisonException e)
            {
                rejected(e);
                return null;
            }
            catch (Exception e) when (e is SchemaRegistryUnavailableException or SchemaRegistryDeniedException)
            {
                if (!told)
                    log.WaitingForRegistry(raw.Topic, e.Message);
                told = true;
                if (stop.WaitHandle.WaitOne(Retry))
                    throw new OperationCanceledException(stop);
            }
        }
    }
}
