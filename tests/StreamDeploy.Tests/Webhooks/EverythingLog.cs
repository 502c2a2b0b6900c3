using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>Keeps all that a log could ever show: texts, states, exceptions and scopes, at every level.</summary>
internal sealed class EverythingLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
        // Loggers come from this one.
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        _lines.Enqueue($"scope {Text(state)}");
        return null;
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{logLevel} {formatter(state, exception)} {Text(state)} {exception}");

    public void Dispose()
    {
        // Nothing is held.
    }

    private static string? Text(object? state) =>
        state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(", ", pairs) : state?.ToString();
}
