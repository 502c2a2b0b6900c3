using Microsoft.Extensions.Logging;

namespace StreamDeploy.Connectors.Web;

/// <summary>Passes warnings and errors of the web framework on to our logs, and nothing else.</summary>
/// <remarks>
/// ASP.NET Core writes the path of every request at level Information and puts it into the logging scope of everything logged meanwhile; here a
/// path may hold an integration key. So the framework gets a factory of its own: its scopes end there.
/// </remarks>
internal sealed class FrameworkLogs(ILoggerFactory ours) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Forward(ours.CreateLogger(categoryName));

    public void Dispose()
    {
        // The factory behind it is the caller's.
    }

    private sealed class Forward(ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && logger.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
