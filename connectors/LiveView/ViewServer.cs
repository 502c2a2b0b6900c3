using System.Net;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.LiveView.Alerts;
using StreamDeploy.Connectors.LiveView.Claims;
using StreamDeploy.Connectors.LiveView.Deployments;
using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Connectors.LiveView.Health;
using StreamDeploy.Connectors.LiveView.History;
using StreamDeploy.Connectors.LiveView.Live;
using StreamDeploy.Connectors.LiveView.Pages;
using StreamDeploy.Connectors.LiveView.Pipelines;
using StreamDeploy.Connectors.LiveView.Session;
using StreamDeploy.Connectors.LiveView.Tail;
using StreamDeploy.Connectors.Web;

namespace StreamDeploy.Connectors.LiveView;

/// <summary>A running live view: pages of what changed and what is suspected.</summary>
/// <remarks>Reads the topics by itself and keeps nothing: any number run side by side, and a browser may go from one to another.</remarks>
public sealed partial class ViewServer : IAsyncDisposable
{
    private static readonly TimeSpan CatchUpLimit = TimeSpan.FromSeconds(30);

    private readonly LiveData _data;
    private readonly TableTail _tables;
    private readonly ClusterWatch _watch;
    private readonly WebApplication _app;
    private readonly ILogger _log;
    private int _disposed;

    private ViewServer(LiveData data, TableTail tables, Throughput throughput, ILoggerFactory logs)
    {
        (_data, _tables) = (data, tables);
        _watch = ClusterWatch.Start(data.Kafka, data.Settings.JoinGroup, data.Settings.SinkGroup, logs, data.Settings.Clock);
        _log = logs.CreateLogger<ViewServer>();
        _app = Build(data.Settings, data.Management, logs);
        var pages = new PageWriter(_app.Services, logs, _app.Services.GetRequiredService<IAntiforgery>());
        var signIn = new SignInEndpoints(data, pages);
        _app.UseResponseCompression();
        _app.Use((context, next) => AnswerProblems(context, pages, signIn, next));
        _app.UseRouting();
        _app.UseAuthentication();
        _app.Use(signIn.LetInAsync);
        StaticAssets.Map(_app);
        signIn.Map(_app);
        var broadcast = new Broadcast(data);
        new DeploymentsEndpoints(data, pages, broadcast).Map(_app);
        new AlertsEndpoints(data, pages, broadcast).Map(_app);
        new AlertEndpoints(data, pages, broadcast).Map(_app);
        new PipelinesEndpoints(data, pages).Map(_app);
        new PipelineEndpoints(data, pages, broadcast).Map(_app);
        new ClaimsEndpoints(data, pages, new ClaimDryRun(data, logs)).Map(_app);
        new HealthEndpoints(data, pages, new HealthPicture(_watch, throughput)).Map(_app);
        _app.MapGet("/healthz", context => context.Response.WriteAsync("ok"));
        _app.MapGet("/readyz", context =>
        {
            context.Response.StatusCode = IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            return context.Response.WriteAsync(IsReady ? "ready" : "the topics are not read");
        });
        _app.MapFallback(context => pages.WriteAsync<ProblemPage>(context, "Not found", new Problem("There is no such page", "Perhaps it was never here; perhaps what it showed is gone."), StatusCodes.Status404NotFound));
    }

    /// <summary>Where it listens, with the port that was found when 0 was asked for.</summary>
    public Uri Address { get; private set; } = new("http://localhost");

    /// <summary>Whether pages show what there is.</summary>
    public bool IsReady => _data.Tail.CaughtUp.IsCompletedSuccessfully && !_data.Tail.Ended.IsCompleted;

    /// <param name="settings">Where it listens and how much it holds.</param>
    /// <param name="kafka">Where the topics are.</param>
    /// <param name="clickHouse">Where the history is; null for none.</param>
    /// <param name="logs">Where it tells.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="BrokerUnavailableException">Kafka does not answer.</exception>
    /// <exception cref="KafkaSettingsException">A property is wrong, or a topic is missing.</exception>
    /// <exception cref="ArgumentException">A setting is out of range; the message names it.</exception>
    /// <exception cref="IOException">The address cannot be listened on.</exception>
    public static async Task<ViewServer> StartAsync(
        LiveViewSettings settings, KafkaSettings kafka, ClickHouseSettings? clickHouse, ILoggerFactory logs, CancellationToken cancellationToken = default)
    {
        if (settings.Problem() is { } problem)
            throw new ArgumentException(problem, nameof(settings));
        var directory = new EntryDirectory();
        var throughput = new Throughput(settings.Clock);
        var tables = await TableTail.StartAsync(kafka, directory.Apply, logs, cancellationToken);
        EventTail? tail = null;
        ViewServer? server = null;
        try
        {
            var fromMs = settings.NowMs - (long)settings.TailSpan.TotalMilliseconds;
            RecentEvents? recent = null;
            var opened = new TaskCompletionSource();
            tail = await EventTail.StartAsync(kafka, fromMs, record =>
            {
                // The number of partitions is known once the tail is there: its first record waits for that.
                opened.Task.Wait(CancellationToken.None);
                recent!.Apply(record);
                throughput.Count(record);
            }, logs, cancellationToken);
            recent = new RecentEvents(settings, tail.Partitions, fromMs);
            opened.SetResult();
            server = new ViewServer(
                new(settings, kafka, recent, directory, tail, new ManagementApi(settings.Management), clickHouse is null ? null : new HistoryReader(clickHouse)), tables, throughput, logs);
            await tables.CatchUpAsync(cancellationToken);
            // What there is should be there when the first page is asked for; a broker that hangs must not keep the server from starting.
            await tail.CaughtUp.WaitAsync(CatchUpLimit, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await server._app.StartAsync(cancellationToken);
        }
        catch
        {
            if (server is not null)
                await server.DisposeAsync();
            else
                await DisposeAsync(tail, tables);
            throw;
        }

        server.Address = new Uri(server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Started(server._log, server.Address);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _watch.DisposeAsync();
        _data.Management.Dispose();
        _data.History?.Dispose();
        await DisposeAsync(_data.Tail, _tables);
    }

    private static async Task DisposeAsync(EventTail? tail, TableTail tables)
    {
        if (tail is not null)
            await tail.DisposeAsync();
        await tables.DisposeAsync();
    }

    private static WebApplication Build(LiveViewSettings settings, ManagementApi management, ILoggerFactory logs)
    {
        // Empty: no environment variables, no appsettings, no console logs decide anything here.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddProvider(new FrameworkLogs(logs));
        builder.Services.AddRoutingCore();
        builder.Services.AddAntiforgery(options =>
        {
            options.FormFieldName = "form-token";
            options.HeaderName = "X-Form-Token";
            options.Cookie.Name = "streamdeploy-form";
            options.Cookie.SecurePolicy = Secure(settings);
        });
        var authentication = builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(options =>
        {
            options.Cookie.Name = "streamdeploy-session";
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.Cookie.SecurePolicy = Secure(settings);
            options.ExpireTimeSpan = settings.SessionLifetime;
            options.SlidingExpiration = false;
            options.TimeProvider = settings.Clock;
            options.LoginPath = SignInEndpoints.Path;
        });
        if (settings.Oidc is { } oidc)
            OidcSignIn.Add(authentication, oidc, settings, management, Secure(settings));
        // What is secret in a page, the form's token, is another in every answer: its length in a compressed page tells nothing.
        builder.Services.AddResponseCompression(options => options.EnableForHttps = true);
        // It would make ASP.NET Core's key ring in the home folder at start, which nothing here uses, and warn about it.
        foreach (var keyRing in builder.Services.Where(service => service.ImplementationType?.Name == "DataProtectionHostedService").ToList())
            builder.Services.Remove(keyRing);
        builder.Services.AddSingleton<IDataProtectionProvider>(settings.SessionKey is { } key ? new SessionKeys(key) : SessionKeys.OfThisProcess());
        builder.Services.AddSingleton<IHostLifetime, OwnerLifetime>();
        // Browsers hold their streams open: nothing is lost by cutting them.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(settings.ListenAddress, settings.Port);
            kestrel.Limits.MaxConcurrentConnections = settings.BrowsersMax * 6L;
            kestrel.Limits.MaxConcurrentUpgradedConnections = 0;
            kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
            kestrel.Limits.MaxRequestBodySize = 256 * 1024;
        });
        return builder.Build();
    }

    private static CookieSecurePolicy Secure(LiveViewSettings settings) =>
        settings.PublicUrl is { Scheme: "http" } || (settings.PublicUrl is null && IPAddress.IsLoopback(settings.ListenAddress)) ? CookieSecurePolicy.SameAsRequest : CookieSecurePolicy.Always;

    private async Task AnswerProblems(HttpContext context, PageWriter pages, SignInEndpoints signIn, RequestDelegate next)
    {
        SeeAsBrowsersDo(context.Request);
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The browser is gone: there is nobody to answer.
        }
        catch (Exception problem) when (!context.Response.HasStarted)
        {
            switch (problem)
            {
                case Microsoft.AspNetCore.Http.BadHttpRequestException bad:
                    await pages.WriteAsync<ProblemPage>(context, "Not understood", new Problem("The request does not keep to HTTP or to this server's limits", "Go back and try again."), bad.StatusCode);
                    break;
                case SignInRefusedException or AuthenticationFailureException:
                    SignInFailed(_log, (problem.InnerException ?? problem).Message);
                    await signIn.RefuseAsync(context, problem);
                    break;
                case AntiforgeryValidationException:
                    await pages.WriteAsync<ProblemPage>(context, "Form out of date",
                        new Problem("This form was made for another session, and nothing was done", "Go back, load the page anew and send it again."), StatusCodes.Status400BadRequest);
                    break;
                case BadQueryException wrong:
                    await pages.WriteAsync<ProblemPage>(context, "Not understood", new Problem(wrong.Message, "Correct the address, or begin anew from the navigation."), StatusCodes.Status400BadRequest);
                    break;
                default:
                    Failed(_log, (context.GetEndpoint() as Microsoft.AspNetCore.Routing.RouteEndpoint)?.RoutePattern.RawText, problem);
                    await pages.WriteAsync<ProblemPage>(context, "Failed", new Problem("This page failed on the server", "The server's log says why. Try again."), StatusCodes.Status500InternalServerError);
                    break;
            }
        }
    }

    // What stands in front may end TLS, and have another name: cookies and the address that a provider sends people back to are those of the browser's side.
    private void SeeAsBrowsersDo(HttpRequest request)
    {
        if (_data.Settings.PublicUrl is { } url)
            (request.Scheme, request.Host) = (url.Scheme, new HostString(url.Authority));
        else if (Secure(_data.Settings) == CookieSecurePolicy.Always)
            request.Scheme = Uri.UriSchemeHttps;
    }

    [LoggerMessage(LogLevel.Warning, "A single sign-on came to nothing: {Reason}")]
    private static partial void SignInFailed(ILogger log, string reason);

    [LoggerMessage(LogLevel.Information, "The live view is at {Address}")]
    private static partial void Started(ILogger log, Uri address);

    [LoggerMessage(LogLevel.Error, "The page {Route} failed")]
    private static partial void Failed(ILogger log, string? route, Exception problem);
}
