using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace StreamDeploy.Connectors.LiveView.Session;

/// <summary>A sign-in that ended in a refusal, in words for whoever tried.</summary>
internal sealed class SignInRefusedException(string message, int status, Exception? cause = null) : Exception(message, cause)
{
    public int Status => status;
}

/// <summary>How the code flow is set up; its endpoints come from the provider's discovery document.</summary>
internal sealed class OidcOptions : OAuthOptions
{
    public OidcSettings Settings { get; set; } = null!;

    public ManagementApi Management { get; set; } = null!;

    /// <summary>How long a session lasts where the token lasts longer.</summary>
    public TimeSpan SessionLifetime { get; set; }

    public ConfigurationManager<OpenIdConnectConfiguration> Provider { get; set; } = null!;

    // A public client has no secret, and the endpoints are not known before the provider was asked: the framework would insist on both.
    public override void Validate()
    {
    }
}

/// <summary>Sign-in at an OpenID Connect provider: authorization code with PKCE, and the access token becomes the session's.</summary>
/// <remarks>
/// Who it is and what they may do the management API says, asked with that token; the id token is not looked at. Refresh tokens are not kept: a session ends with its
/// token. State, PKCE and the cookie that ties the answer to the browser are the framework's.
/// </remarks>
internal sealed class OidcSignIn(IOptionsMonitor<OidcOptions> options, ILoggerFactory logs, UrlEncoder encoder) : OAuthHandler<OidcOptions>(options, logs, encoder)
{
    public const string SchemeName = "oidc", Path = "/sign-in/oidc", CallbackPath = "/sign-in/oidc/callback";

    private static readonly TimeSpan ProviderLimit = TimeSpan.FromSeconds(10);

    private const string NotNow = "Single sign-on is not to be had now: the provider does not answer. Try again in a moment, or use an API key.";

    private OpenIdConnectConfiguration _provider = null!;

    public static void Add(AuthenticationBuilder authentication, OidcSettings settings, LiveViewSettings view, ManagementApi management, CookieSecurePolicy secure) =>
        authentication.AddOAuth<OidcOptions, OidcSignIn>(SchemeName, options =>
        {
            // Ours are taken from the provider; these stand where the framework wants something.
            options.AuthorizationEndpoint = options.TokenEndpoint = settings.Authority;
            (options.ClientId, options.Settings, options.SessionLifetime, options.TimeProvider) = (settings.ClientId, settings, view.SessionLifetime, view.Clock);
            options.Management = management;
            options.CallbackPath = CallbackPath;
            options.UsePkce = true;
            options.BackchannelTimeout = ProviderLimit;
            options.RemoteAuthenticationTimeout = TimeSpan.FromMinutes(15);
            foreach (var scope in (string[])["openid", "profile", .. settings.Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries)])
                options.Scope.Add(scope);
            // The answer comes as a navigation, which Lax lets through; None would need https, even on loopback.
            options.CorrelationCookie.Name = "streamdeploy-oidc.";
            options.CorrelationCookie.SameSite = SameSiteMode.Lax;
            options.CorrelationCookie.SecurePolicy = secure;
            options.Provider = new(
                settings.Authority.TrimEnd('/') + "/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever(),
                new HttpDocumentRetriever(new HttpClient { Timeout = ProviderLimit }) { RequireHttps = settings.RequireHttps });
        });

    /// <summary>Why somebody did not get in, in words of ours: what stands in the address anybody may have written.</summary>
    public static (string Words, int Status) Explain(HttpContext context, Exception problem) => (problem as SignInRefusedException ?? problem.InnerException as SignInRefusedException) is { } refused
        ? (refused.Message, refused.Status)
        : context.Request.Query["error"].ToString() switch
        {
            "access_denied" => ("The provider did not let you in.", StatusCodes.Status403Forbidden),
            { Length: > 0 } => ("The provider refused the sign-in. Begin again.", StatusCodes.Status502BadGateway),
            _ => ("This sign-in was not begun in this browser, or took too long. Begin again.", StatusCodes.Status400BadRequest),
        };

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        await DiscoverAsync();
        await base.HandleChallengeAsync(properties);
    }

    protected override string BuildChallengeUrl(AuthenticationProperties properties, string redirectUri)
    {
        // The framework puts the parameters together, state and challenge among them; the address it was given is only a place holder.
        var query = base.BuildChallengeUrl(properties, redirectUri);
        query = query[(query.IndexOf('?', StringComparison.Ordinal) + 1)..];
        var endpoint = _provider.AuthorizationEndpoint;
        return endpoint + (endpoint.Contains('?', StringComparison.Ordinal) ? '&' : '?') + query;
    }

    protected override async Task<HandleRequestResult> HandleRemoteAuthenticateAsync()
    {
        await DiscoverAsync();
        return await base.HandleRemoteAuthenticateAsync();
    }

    protected override async Task<OAuthTokenResponse> ExchangeCodeAsync(OAuthCodeExchangeContext context)
    {
        var fields = new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = context.Code, ["redirect_uri"] = context.RedirectUri, ["client_id"] = Options.ClientId };
        if (context.Properties.Items.Remove(OAuthConstants.CodeVerifierKey, out var verifier))
            fields[OAuthConstants.CodeVerifierKey] = verifier!;
        using var request = new HttpRequestMessage(HttpMethod.Post, _provider.TokenEndpoint) { Headers = { Accept = { new("application/json") } } };
        if (Options.Settings.ClientSecret is { } secret)
        {
            // Basic is what every provider must know; the form is for those that say they know nothing else.
            if (_provider.TokenEndpointAuthMethodsSupported is { Count: > 0 } methods && !methods.Contains("client_secret_basic"))
                fields["client_secret"] = secret;
            else
                request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(Options.ClientId)}:{Uri.EscapeDataString(secret)}")));
        }

        request.Content = new FormUrlEncodedContent(fields);
        try
        {
            using var response = await Backchannel.SendAsync(request, Context.RequestAborted);
            var text = await response.Content.ReadAsStringAsync(Context.RequestAborted);
            return response.IsSuccessStatusCode
                ? OAuthTokenResponse.Success(JsonDocument.Parse(text))
                : throw new SignInRefusedException("The provider did not confirm the sign-in. Begin again.", StatusCodes.Status502BadGateway, new HttpRequestException($"{response.StatusCode} {text[..Math.Min(text.Length, 300)]}"));
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is TaskCanceledException && !Context.RequestAborted.IsCancellationRequested))
        {
            throw new SignInRefusedException(NotNow, StatusCodes.Status503ServiceUnavailable, e);
        }
    }

    protected override async Task<AuthenticationTicket> CreateTicketAsync(ClaimsIdentity identity, AuthenticationProperties properties, OAuthTokenResponse tokens)
    {
        var token = tokens.AccessToken!;
        var (viewer, answer) = await Options.Management.WhoAsync(token, Context.RequestAborted);
        if (viewer is null)
        {
            throw answer.Status switch
            {
                StatusCodes.Status403Forbidden => new SignInRefusedException($"You are known, but have no access: {answer.Problem}.", StatusCodes.Status403Forbidden),
                StatusCodes.Status401Unauthorized => new SignInRefusedException(
                    "The ingest does not believe the provider's token. Whoever set it up: provider and audience must be those of the ingest (--oidc-authority, --oidc-audience).", StatusCodes.Status401Unauthorized),
                _ => new SignInRefusedException("Who you are cannot be checked now: the ingest does not answer. Try again in a moment.", StatusCodes.Status503ServiceUnavailable),
            };
        }

        var now = TimeProvider.GetUtcNow();
        properties.IssuedUtc = now;
        properties.ExpiresUtc = EndOf(tokens, now);
        return new(viewer.ToPrincipal(now.ToUnixTimeMilliseconds()), properties, SchemeName);
    }

    /// <summary>When the session ends: with the token, or before it.</summary>
    private DateTimeOffset EndOf(OAuthTokenResponse tokens, DateTimeOffset now)
    {
        var end = now + Options.SessionLifetime;
        if (long.TryParse(tokens.ExpiresIn, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < (end - now).TotalSeconds)
            end = now.AddSeconds(seconds);
        // Where the provider does not say it beside the token, the token itself may.
        var reader = new JsonWebTokenHandler();
        if (reader.CanReadToken(tokens.AccessToken) && reader.ReadJsonWebToken(tokens.AccessToken).ValidTo is var validTo && validTo > DateTime.UnixEpoch && validTo < end.UtcDateTime)
            end = validTo;
        return end;
    }

    private async Task DiscoverAsync()
    {
        try
        {
            _provider = await Options.Provider.GetConfigurationAsync(Context.RequestAborted);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or HttpRequestException || (e is TaskCanceledException && !Context.RequestAborted.IsCancellationRequested))
        {
            throw new SignInRefusedException(NotNow, StatusCodes.Status503ServiceUnavailable, e);
        }

        if (string.IsNullOrEmpty(_provider.AuthorizationEndpoint) || string.IsNullOrEmpty(_provider.TokenEndpoint))
            throw new SignInRefusedException("The provider does not say where to sign in: its discovery document lacks the endpoints.", StatusCodes.Status502BadGateway);
    }
}
