using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using StreamDeploy.Connectors.LiveView.Tail;

namespace StreamDeploy.Connectors.LiveView.Live;

/// <summary>Server-sent events to one browser.</summary>
internal sealed class LiveStream(HttpResponse response)
{
    private readonly StringBuilder _text = new();

    public static void Begin(HttpResponse response)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        // nginx would keep the events back until its buffer is full.
        response.Headers["X-Accel-Buffering"] = "no";
    }

    /// <param name="name">Of the event.</param>
    /// <param name="position">Where the browser stands once it has this: what it asks to go on from.</param>
    /// <param name="html">The event's data.</param>
    public void Add(string name, Position position, string html)
    {
        _text.Append(CultureInfo.InvariantCulture, $"event: {name}\nid: {position}\n");
        AddData(html);
    }

    /// <summary>An event without a name: the browser puts it in the place of what is there.</summary>
    public void AddPart(string html) => AddData(html);

    /// <summary>Says that nothing more comes: the element's hx-sse:close names it.</summary>
    public void AddEnd() => _text.Append("event: over\ndata: \n\n");

    /// <summary>Something, so that what lies between does not take the connection for dead.</summary>
    public void AddNothing() => _text.Append(": still here\n\n");

    /// <summary>Waits for a browser that is slow: meanwhile news gather, and come as one.</summary>
    /// <returns>Whether there was anything.</returns>
    public async Task<bool> SendAsync(CancellationToken cancellationToken)
    {
        if (_text.Length == 0)
            return false;
        await response.WriteAsync(_text.ToString(), cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
        _text.Clear();
        return true;
    }

    private void AddData(string html)
    {
        foreach (var line in html.AsSpan().EnumerateLines())
            _text.Append("data: ").Append(line).Append('\n');
        _text.Append('\n');
    }
}
