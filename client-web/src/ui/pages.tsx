/** The pages without a picture: first run, a link that lacks its token, and being refused. */

import type { ComponentChildren } from 'preact';
import { retry } from '../app/actions';
import { strings } from '../strings';
import { CopyLine } from './copy-line';
import { Logo } from './icons';

export function Page(props: { title: string; testid: string; children: ComponentChildren }) {
  return (
    <main class="page" data-testid={props.testid}>
      <div class="page-card">
        <p class="page-brand">
          <Logo size={26} />
          {strings.product}
        </p>
        <h1>{props.title}</h1>
        {props.children}
      </div>
    </main>
  );
}

export function FirstRun() {
  const text = strings.pages;
  return (
    <Page title={text.tagline} testid="first-run">
      <section>
        <h2>{text.firstRun}</h2>
        <CopyLine text={text.command} />
        <p class="page-small">{text.formats}</p>
        <p>{text.firstRunText}</p>
      </section>
      <section>
        <p>{text.demo}</p>
        <CopyLine text={text.demoCommand} />
      </section>
      <p class="page-foot">{text.haveLink}</p>
    </Page>
  );
}

/** A short link leads nowhere, or to where this tab may not go. */
export function NoLink({ code, message }: { code: string; message: string }) {
  const text = strings.pages;
  const lacksToken = code.startsWith('token_missing');
  return (
    <Page title={lacksToken ? text.noToken : text.noLink} testid="no-link">
      <p>{lacksToken ? text.noLinkToken : text.noLinkText}</p>
      {message && !lacksToken && <p class="page-detail">{message}</p>}
    </Page>
  );
}

export function NoToken({ session }: { session: string }) {
  const text = strings.pages;
  return (
    <Page title={text.noToken} testid="no-token">
      <p>{text.noTokenText(session)}</p>
      <p>{text.noTokenDo}</p>
      <CopyLine text={text.tokenCommand(session)} />
    </Page>
  );
}

/** Close codes to the codes of refusals; see the protocol. */
const BY_CLOSE: Readonly<Record<string, string>> = {
  close_4400: 'bad_message',
  close_4401: 'token_invalid',
  close_4402: 'revoked',
  token_revoked: 'revoked',
  close_4403: 'forbidden_origin',
  close_4404: 'session_ended',
  close_4406: 'version_mismatch',
  close_4408: 'hello_timeout',
  close_4410: 'replaced',
  close_4429: 'full',
};

/** What is said of a code. How exactly a token is bad matters to the server's operator alone. */
function wordsOf(code: string): readonly [string, string] {
  const { refused } = strings;
  const known = refused[BY_CLOSE[code] ?? code];
  const token = code.startsWith('token_') ? refused['token_invalid'] : undefined;
  return known ?? token ?? refused['other']!;
}

export function Refused({ code, message }: { code: string; message: string }) {
  const text = strings.pages;
  const known = wordsOf(code);
  const reload = code === 'version_mismatch' || BY_CLOSE[code] === 'version_mismatch';
  const detail = message.includes(' ') ? message : '';
  return (
    <Page title={known[0]} testid="refused">
      <p>{known[1]}</p>
      {detail && <p class="page-detail">{detail}</p>}
      <div class="page-actions">
        <button
          type="button"
          class="button button-primary"
          onClick={() => (reload ? location.reload() : retry())}
        >
          {reload ? text.reload : text.tryAgain}
        </button>
        <span class="page-code">{code}</span>
      </div>
    </Page>
  );
}
