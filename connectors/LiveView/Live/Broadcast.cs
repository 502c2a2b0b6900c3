using System.Globalization;
using Microsoft.AspNetCore.Http;
using StreamDeploy.Connectors.LiveView.Tail;

namespace StreamDeploy.Connectors.LiveView.Live;

/// <summary>What is new for a page.</summary>
/// <param name="Rows">Those to show, the newest last: each replaces the one of its id.</param>
/// <param name="Count">How many there are to show, of which the rows are the newest.</param>
/// <param name="Event">What the page is told it is.</param>
internal sealed record LiveRows(IReadOnlyList<string> Rows, int Count, string Event = "rows");

/// <summary>Keeps browsers up to date: each is told of what is new at most every half second, as one event, however much it is.</summary>
/// <remarks>
/// A browser holds no more here than its position. The id of an event is the position in Kafka, so a browser that comes back, to this process or another, goes on
/// where it was; where that is not known any more it is told to load the page anew.
/// </remarks>
internal sealed class Broadcast(LiveData data)
{
    /// <summary>As many rows as are sent at once; of more only the number is told.</summary>
    public const int RowsMax = 25;

    /// <summary>A stream ends after this, and the browser comes again: whether it still may look is asked then.</summary>
    private static readonly TimeSpan StreamLifetime = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    private int _browsers;

    /// <param name="context">Of the request, whose answer this is.</param>
    /// <param name="accountId">Whose news are told.</param>
    /// <param name="rowsOf">What of them the page shows.</param>
    public Task FollowAsync(HttpContext context, string accountId, Func<News, Task<LiveRows>> rowsOf)
    {
        var position = StartOf(context, accountId);
        return ServeAsync(context, accountId, async (stream, tail) =>
        {
            var until = data.PositionOf(accountId);
            var news = tail.Since(position, until);
            if (!news.IsWhole || !data.Holds(accountId, position))
                stream.Add("stale", until, "");
            else if (news.Changes.Count + news.Alerts.Count > 0)
                Add(stream, await rowsOf(news), until);
            position = until;
            return false;
        });
    }

    /// <summary>Keeps a part of a page up to date: it is sent whole, at first and whenever it would look different.</summary>
    /// <remarks>For parts that are small. A browser that comes back gets the part as it is then, so there is nothing to miss and nothing twice.</remarks>
    /// <param name="context">Of the request, whose answer this is.</param>
    /// <param name="accountId">Whose records it is made of.</param>
    /// <param name="modelOf">What it shows now.</param>
    /// <param name="isSame">Whether nothing that it shows has changed.</param>
    /// <param name="htmlOf">The part.</param>
    /// <param name="isOver">Whether nothing more is waited for: the browser is told "over", and closes the stream.</param>
    public Task FollowPartAsync<T>(HttpContext context, string accountId, Func<T> modelOf, Func<T, T?, bool> isSame, Func<T, Task<string>> htmlOf, Func<T, bool> isOver)
        where T : class
    {
        T? shown = null;
        return ServeAsync(context, accountId, async (stream, _) =>
        {
            var model = modelOf();
            if (!isSame(model, shown))
                stream.AddPart(await htmlOf(model));
            shown = model;
            if (isOver(model))
                stream.AddEnd();
            return isOver(model);
        });
    }

    /// <param name="context">Of the request, whose answer this is.</param>
    /// <param name="accountId">The account whose records are sent to the browser.</param>
    /// <param name="tell">Asked at first, and whenever a record of the account has come: writes what there is to say, and says whether that was the last.</param>
    private async Task ServeAsync(HttpContext context, string accountId, Func<LiveStream, AccountTail, Task<bool>> tell)
    {
        if (Interlocked.Increment(ref _browsers) > data.Settings.BrowsersMax)
        {
            Interlocked.Decrement(ref _browsers);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "10";
            return;
        }

        try
        {
            LiveStream.Begin(context.Response);
            var (stop, clock, stream) = (context.RequestAborted, data.Settings.Clock, new LiveStream(context.Response));
            var (began, told, version, isOver) = (clock.GetTimestamp(), clock.GetTimestamp(), -1L, false);
            // The browser knows by it that it is connected.
            stream.AddNothing();
            while (true)
            {
                var tail = data.Recent.Of(accountId);
                if (tail.Version != version)
                {
                    version = tail.Version;
                    isOver = await tell(stream, tail);
                }

                // Also where much has come, but nothing that this page shows.
                if (clock.GetElapsedTime(told) > Silence)
                    stream.AddNothing();
                if (await stream.SendAsync(stop))
                    told = clock.GetTimestamp();
                if (isOver || clock.GetElapsedTime(began) >= StreamLifetime)
                    return;
                await Task.Delay(data.Settings.UpdateInterval, clock, stop);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _browsers);
        }
    }

    private static void Add(LiveStream stream, LiveRows rows, Position until)
    {
        if (rows.Rows.Count > 0)
            stream.Add(rows.Event, until, string.Concat(rows.Rows));
        if (rows.Count > rows.Rows.Count)
            stream.Add("more", until, (rows.Count - rows.Rows.Count).ToString(CultureInfo.InvariantCulture));
    }

    private Position StartOf(HttpContext context, string accountId) =>
        Position.TryParse(context.Request.Headers["Last-Event-ID"], out var last) || Position.TryParse(context.Request.Query["after"], out last) ? last : data.PositionOf(accountId);
}
