using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Memory for request bodies, of all requests together.</summary>
internal sealed class BodyBudget(long bytesMax)
{
    private long _used;

    public long UsedBytes => Interlocked.Read(ref _used);

    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= bytesMax)
            return true;
        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    public void GiveBack(long bytes) => Interlocked.Add(ref _used, -bytes);
}

/// <summary>A request's raw bytes: bounded in size, in time and, with the others being read, in memory.</summary>
internal sealed class RequestBody : IDisposable
{
    // What a sender claims in Content-Length is not believed at once: memory follows the bytes that came.
    private const int FirstBytes = 16 * 1024;

    private readonly ContentFormat _format;
    private readonly BodyBudget _budget;
    private byte[] _buffer = [];
    private int _length;

    private RequestBody(ContentFormat format, BodyBudget budget)
    {
        _format = format;
        _budget = budget;
    }

    /// <summary>As they came: what a signature is over.</summary>
    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>The JSON text in UTF-8; null for a form without a payload.</summary>
    public ReadOnlyMemory<byte>? Json() => _format.JsonOf(Bytes);

    /// <exception cref="BadHttpRequestException">The sender is too slow or breaks the protocol; it holds the status.</exception>
    public static async Task<Reading<RequestBody>> ReadAsync(
        HttpRequest request, bool formAllowed, int bytesMax, BodyBudget budget, TimeSpan timeout)
    {
        if (!ContentFormat.Read(request.Headers, formAllowed).TryGet(out var format, out var unreadable))
            return new(unreadable);
        if (request.ContentLength > bytesMax)
            return TooLarge(bytesMax);
        var body = new RequestBody(format, budget);
        using var deadline = new CancellationTokenSource(timeout);
        // Cancelled through the reader: a token would leave the read pending, and Kestrel could not drain what is left.
        await using var cut = deadline.Token.Register(request.BodyReader.CancelPendingRead);
        try
        {
            if (await body.FillAsync(request.BodyReader, bytesMax, timeout) is not { } refusal)
                return new(body);
            body.Dispose();
            return new(refusal);
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        GiveBack();
        _buffer = [];
        _length = 0;
    }

    private async Task<Refusal?> FillAsync(PipeReader reader, int bytesMax, TimeSpan timeout)
    {
        while (true)
        {
            var read = await reader.ReadAsync();
            var came = read.Buffer;
            var refusal = read.IsCanceled ? new Refusal(408, "TOO_SLOW", $"the body did not arrive within {timeout.TotalSeconds:0.#} s")
                : _length + came.Length > bytesMax ? TooLarge(bytesMax).Refusal
                : TryGrow((int)(_length + came.Length)) ? null
                : new Refusal(503, "BUSY", "too many large bodies at once, try again") { RetryAfterSeconds = 1 };
            if (refusal is null)
            {
                came.CopyTo(_buffer.AsSpan(_length));
                _length += (int)came.Length;
            }

            reader.AdvanceTo(came.End);
            if (refusal is not null || read.IsCompleted)
                return refusal;
        }
    }

    private bool TryGrow(int bytes)
    {
        if (bytes <= _buffer.Length)
            return true;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstBytes, bytes));
        if (!_budget.TryTake(larger.Length))
        {
            ArrayPool<byte>.Shared.Return(larger);
            return false;
        }

        _buffer.AsSpan(0, _length).CopyTo(larger);
        GiveBack();
        _buffer = larger;
        return true;
    }

    private void GiveBack()
    {
        if (_buffer.Length == 0)
            return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _budget.GiveBack(_buffer.Length);
    }

    private static Reading<RequestBody> TooLarge(int bytesMax) =>
        new(new Refusal(413, "TOO_LARGE", $"the body is larger than {bytesMax} bytes"));
}
