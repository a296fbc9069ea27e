// An authority of a test's own and certificates that it vouches for, made by the openssl command.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';

const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export class Authority {
  /** `folder` is where its files are. */
  constructor(folder, name = 'authority') {
    Object.assign(this, { folder, name, cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) });
    openssl('req', '-x509', ...KEY, '-keyout', this.key, '-out', this.cert, '-days', '2', '-subj', `/CN=${name}`,
      '-addext', 'basicConstraints=critical,CA:TRUE');
  }

  /** Writes a certificate for 127.0.0.1 and localhost, over a former one of that name. Gives its `{ cert, key }`. */
  vouchFor(name) {
    const [cert, key, request, extensions] = ['pem', 'key', 'csr', 'ext'].map((ending) => join(this.folder, `${name}.${ending}`));
    openssl('req', '-new', ...KEY, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
    writeFileSync(extensions, 'subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n');
    openssl('x509', '-req', '-in', request, '-CA', this.cert, '-CAkey', this.key, '-CAcreateserial', '-days', '2',
      '-extfile', extensions, '-out', cert);
    return { cert, key };
  }
}
